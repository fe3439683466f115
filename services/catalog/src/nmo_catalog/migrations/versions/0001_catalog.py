"""Reference names, organisations, elements with search columns, words, seats.

Revision ID: 0001
Revises:
"""

from alembic import op

from nmo_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "create extension if not exists pg_trgm",
    """
    create table specialty (
        key text not null constraint pk_specialty primary key,
        name text not null,
        level text not null constraint ck_specialty_level check (level in ('VO', 'SPO'))
    )
    """,
    """
    create table region (
        code text not null constraint pk_region primary key constraint ck_region_code check (code ~ '^[0-9]{2}$'),
        name text not null
    )
    """,
    """
    create table organization (
        id uuid not null constraint pk_organization primary key,
        name text not null,
        short_name text not null,
        kind text not null constraint ck_organization_kind check (kind in (
            'professional_development', 'higher_education', 'vocational_education', 'scientific')),
        region_code text not null constraint fk_organization_region_code references region (code),
        address text not null,
        phone text not null,
        email text not null,
        site text not null
    )
    """,
    "create index ix_organization_name_trgm on organization using gin (lower(name) gin_trgm_ops)",
    """
    create table element (
        id uuid not null constraint pk_element primary key,
        kind text not null constraint ck_element_kind check (kind in ('programme', 'event', 'module')),
        title text not null constraint ck_element_title check (length(title) between 3 and 500),
        about text not null,
        zet numeric(6, 2) not null constraint ck_element_zet check (zet > 0),
        workload_hours integer not null constraint ck_element_workload check (workload_hours > 0),
        form text not null constraint ck_element_form check (form in ('full_time', 'part_time', 'correspondence')),
        bases text[] not null constraint ck_element_bases check (
            bases <@ array['budget', 'contract', 'contract_foms'] and cardinality(bases) > 0),
        starts_on date,
        ends_on date,
        organization_id uuid not null constraint fk_element_organization_id references organization (id),
        region_code text not null constraint fk_element_region_code references region (code),
        place text not null,
        price_kopecks bigint not null constraint ck_element_price check (price_kopecks >= 0),
        seats_total integer constraint ck_element_seats_total check (seats_total >= 0),
        seats_held integer not null default 0,
        has_simulation boolean not null,
        has_placement boolean not null,
        uses_distance boolean not null,
        state_budget_only boolean not null,
        specialty_keys text[] not null constraint ck_element_specialties check (cardinality(specialty_keys) > 0),
        materials_url text,
        recording_url text,
        status text not null constraint ck_element_status check (status in ('published', 'archived')),
        version integer not null,
        published_at timestamptz not null,
        updated_at timestamptz not null,
        listed_on date generated always as (coalesce(starts_on, make_date(9999, 12, 31))) stored,
        sort_title text collate "C" generated always as (left(translate(lower(title), 'ё«»"', 'е'), 200)) stored,
        tsv tsvector generated always as (
            setweight(to_tsvector('russian'::regconfig, translate(title, 'ёЁ', 'еЕ')), 'A')
            || setweight(to_tsvector('russian'::regconfig, translate(about, 'ёЁ', 'еЕ')), 'B')) stored,
        constraint ck_element_dates check (
            (kind = 'module' and starts_on is null and ends_on is null)
            or (kind <> 'module' and starts_on is not null and ends_on >= starts_on)),
        -- The last line of defence of CAT-07: whatever the code does, no seat is held twice.
        constraint ck_element_seats_held check (seats_held >= 0 and seats_held <= coalesce(seats_total, seats_held))
    ) with (fillfactor = 90)
    """,
    "create index ix_element_listed on element (listed_on, id) where status = 'published'",
    "create index ix_element_region on element (region_code, listed_on, id) where status = 'published'",
    "create index ix_element_organization on element (organization_id, listed_on, id) where status = 'published'",
    "create index ix_element_zet on element (zet, id) where status = 'published'",
    "create index ix_element_title on element (sort_title, id) where status = 'published'",
    "create index ix_element_price on element (price_kopecks, id) where status = 'published'",
    "create index ix_element_tsv on element using gin (tsv) where status = 'published'",
    "create index ix_element_specialty_keys on element using gin (specialty_keys) where status = 'published'",
    """
    create table search_word (
        word text not null constraint pk_search_word primary key,
        documents integer not null
    )
    """,
    "create index ix_search_word_trgm on search_word using gin (word gin_trgm_ops)",
    """
    create table search_word_state (
        only_row boolean not null constraint pk_search_word_state primary key
            constraint ck_search_word_state_only_row check (only_row),
        counted_at timestamptz not null
    )
    """,
    """
    create table seat_hold (
        application_id uuid not null constraint pk_seat_hold primary key,
        element_id uuid not null,
        state text not null constraint ck_seat_hold_state check (state in ('held', 'refused', 'released')),
        reason text,
        version integer not null,
        application_version integer not null,
        updated_at timestamptz not null,
        constraint ck_seat_hold_reason check ((state = 'refused') = (reason is not null))
    )
    """,
    "create index ix_seat_hold_element on seat_hold (element_id) where state = 'held'",
    """
    create table seed_mark (
        name text not null constraint pk_seed_mark primary key,
        at timestamptz not null
    )
    """,
)


def upgrade() -> None:
    create_kit_tables()
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    msg = "the first revision is not undone: it would drop the catalogue itself"
    raise NotImplementedError(msg)
