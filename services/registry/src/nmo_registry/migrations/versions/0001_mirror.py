"""Mirror of the register, its progress, reference books."""

from alembic import op

from nmo_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None

SPECIALISTS = """
create table specialist (
    id uuid not null,
    register_oid text not null,
    snils_sealed bytea not null,
    snils_index bytea not null,
    last_name text not null,
    first_name text not null,
    patronymic text,
    birth_on date not null,
    gender text not null,
    citizenship_code text not null,
    citizenship_name text not null,
    register_version text not null,
    version integer not null,
    fetched_at timestamptz not null,
    updated_at timestamptz not null,
    removed_at timestamptz,
    constraint pk_specialist primary key (id),
    constraint uq_specialist_register_oid unique (register_oid)
);
create unique index uq_specialist_snils_index on specialist (snils_index) where removed_at is null;

create table specialist_name (
    id uuid not null,
    specialist_id uuid not null,
    last_name text not null,
    first_name text not null,
    patronymic text,
    changed_on date,
    constraint pk_specialist_name primary key (id),
    constraint fk_specialist_name_specialist_id foreign key (specialist_id) references specialist (id)
);
create index ix_specialist_name_specialist_id on specialist_name (specialist_id);

create table education_document (
    id uuid not null,
    specialist_id uuid not null,
    kind text not null,
    level text not null,
    institution text not null,
    specialty_name text not null,
    qualification text not null,
    series text not null,
    number text not null,
    issued_on date,
    hours integer,
    constraint pk_education_document primary key (id),
    constraint fk_education_document_specialist_id foreign key (specialist_id) references specialist (id)
);
create index ix_education_document_specialist_id on education_document (specialist_id);

create table employment (
    id uuid not null,
    specialist_id uuid not null,
    employer_oid text not null,
    position text not null,
    rate numeric(5, 2) not null,
    kind text not null,
    began_on date,
    ended_on date,
    constraint pk_employment primary key (id),
    constraint fk_employment_specialist_id foreign key (specialist_id) references specialist (id)
);
create index ix_employment_specialist_id on employment (specialist_id);
create index ix_employment_employer_oid on employment (employer_oid);

create table qualification_category (
    id uuid not null,
    specialist_id uuid not null,
    name text not null,
    specialty_key text not null,
    specialty_name text not null,
    assigned_on date,
    valid_until date,
    constraint pk_qualification_category primary key (id),
    constraint fk_qualification_category_specialist_id foreign key (specialist_id) references specialist (id)
);
create index ix_qualification_category_specialist_id on qualification_category (specialist_id);

create table employer (
    oid text not null,
    name text not null,
    short_name text not null,
    address text not null,
    region_code text not null,
    region_name text not null,
    state_budget boolean not null,
    fetched_at timestamptz not null,
    constraint pk_employer primary key (oid)
);

create table admission_document (
    id uuid not null,
    specialist_id uuid not null,
    kind text not null,
    specialty_key text not null,
    specialty_name text not null,
    series text not null,
    number text not null,
    exam_on date not null,
    issued_on date not null,
    valid_until date,
    detail text not null,
    removed_at timestamptz,
    constraint pk_admission_document primary key (id),
    constraint fk_admission_document_specialist_id foreign key (specialist_id) references specialist (id)
);
create index ix_admission_document_specialist_id on admission_document (specialist_id);
"""

SYNC = """
create table sync_state (
    source text not null,
    cursor text not null,
    remaining bigint,
    applied_total bigint not null,
    failures integer not null,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    next_attempt_at timestamptz,
    constraint pk_sync_state primary key (source)
);
insert into sync_state (source, cursor, applied_total, failures) values ('frmr', '', 0, 0);

create table sync_run (
    id uuid not null,
    source text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    from_cursor text not null,
    to_cursor text not null,
    seen integer not null,
    applied integer not null,
    removed integer not null,
    quarantined integer not null,
    constraint pk_sync_run primary key (id)
);

create table sync_quarantine (
    register_oid text not null,
    reason text not null,
    attempts integer not null,
    first_seen_at timestamptz not null,
    next_attempt_at timestamptz not null,
    constraint pk_sync_quarantine primary key (register_oid)
);
create index ix_sync_quarantine_next_attempt_at on sync_quarantine (next_attempt_at);
"""

BOOKS = """
create table book (
    book text not null,
    version text not null,
    title text not null,
    oid text not null,
    number integer not null,
    published_at timestamptz not null,
    constraint pk_book primary key (book, version)
);

create table book_entry (
    book text not null,
    version text not null,
    key text not null,
    name text not null,
    position integer not null,
    valid_from date,
    valid_until date,
    attributes jsonb not null,
    constraint pk_book_entry primary key (book, version, key),
    constraint fk_book_entry_book foreign key (book, version) references book (book, version)
);
"""


def upgrade() -> None:
    create_kit_tables()
    for block in (SPECIALISTS, SYNC, BOOKS):
        for statement in filter(str.strip, block.split(";")):
            op.execute(statement)
