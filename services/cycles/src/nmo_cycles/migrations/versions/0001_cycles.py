"""Cycles, plans, the append-only ledger, norms, copies of other services' facts.

Revision ID: 0001
Revises:
"""

from alembic import op

from nmo_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COPIES = (
    """
    create table registry_document_copy (
        document_id uuid not null constraint pk_registry_document_copy primary key,
        specialist_id uuid not null,
        kind text not null,
        specialty_key text not null,
        specialty_name text not null,
        series text not null,
        number text not null,
        exam_on date not null,
        issued_on date not null,
        valid_until date,
        version integer not null,
        copied_at timestamptz not null
    )
    """,
    "create index ix_registry_document_copy_specialist_id on registry_document_copy (specialist_id)",
    """
    create table catalog_element_copy (
        element_id uuid not null constraint pk_catalog_element_copy primary key,
        kind text not null,
        title text not null,
        zet numeric(6, 2) not null,
        form text not null,
        starts_on date,
        ends_on date,
        organization_id uuid not null,
        organization_name text not null,
        specialty_keys text[] not null,
        archived boolean not null,
        copied_at timestamptz not null
    )
    """,
    """
    create table applications_application_copy (
        application_id uuid not null constraint pk_applications_application_copy primary key,
        plan_item_id uuid not null,
        cycle_id uuid not null,
        number text not null,
        status text not null,
        reason_code text,
        version integer not null,
        updated_at timestamptz not null
    )
    """,
    """
    create index ix_applications_application_copy_plan_item_id
    on applications_application_copy (plan_item_id)
    """,
)

OWN = (
    """
    create table norm_set (
        code text not null constraint pk_norm_set primary key,
        family text not null constraint ck_norm_set_family check (family in ('portal', 'legal')),
        title text not null,
        legal_source text not null,
        unit text not null,
        valid_from date not null,
        valid_until date,
        total numeric(6, 2) not null,
        min_formal numeric(6, 2) not null,
        min_informal numeric(6, 2) not null,
        max_informal numeric(6, 2),
        yearly_total numeric(6, 2),
        yearly_formal numeric(6, 2),
        yearly_informal numeric(6, 2),
        constraint ck_norm_set_dates check (valid_until is null or valid_until > valid_from)
    )
    """,
    """
    create table cycle (
        id uuid not null constraint pk_cycle primary key,
        person_id uuid not null,
        specialty_key text not null,
        specialty_name text not null,
        section text not null constraint ck_cycle_section check (section in ('accreditation', 'certification')),
        document_id uuid,
        document_kind text not null constraint ck_cycle_document_kind check (document_kind in (
            'certificate', 'accreditation', 'accreditation_protocol')),
        document_series text not null,
        document_number text not null,
        document_issued_on date not null,
        document_exam_on date not null,
        starts_on date not null,
        ends_on date not null,
        preferred_organization_id uuid,
        confirmed_at timestamptz,
        confirmed_by_organization_id uuid,
        closed_at timestamptz,
        completed boolean,
        version integer not null,
        created_at timestamptz not null,
        constraint ck_cycle_dates check (ends_on > starts_on),
        constraint ck_cycle_confirmed check ((confirmed_at is null) = (confirmed_by_organization_id is null)),
        constraint ck_cycle_closed check ((closed_at is null) = (completed is null))
    )
    """,
    "create index ix_cycle_person_id_starts_on on cycle (person_id, starts_on, id)",
    "create unique index uq_cycle_document_id on cycle (person_id, document_id) where document_id is not null",
    "create index ix_cycle_ending on cycle (ends_on, id) where closed_at is null",
    """
    create table plan_item (
        id uuid not null constraint pk_plan_item primary key,
        cycle_id uuid not null
            constraint fk_plan_item_cycle_id references cycle (id) on delete cascade,
        element_id uuid not null
            constraint fk_plan_item_element_id references catalog_element_copy (element_id),
        added_at timestamptz not null,
        removed_at timestamptz
    )
    """,
    "create unique index uq_plan_item_chosen on plan_item (cycle_id, element_id) where removed_at is null",
    """
    create table credit_entry (
        id uuid not null constraint pk_credit_entry primary key,
        cycle_id uuid not null constraint fk_credit_entry_cycle_id references cycle (id),
        person_id uuid not null,
        plan_item_id uuid,
        element_id uuid not null,
        kind text not null,
        title text not null,
        zet numeric(6, 2) not null,
        earned_on date not null,
        recorded_at timestamptz not null,
        source text not null constraint uq_credit_entry_source unique,
        reversed_entry_id uuid
            constraint fk_credit_entry_reversed_entry_id references credit_entry (id),
        reason text,
        constraint ck_credit_entry_sign check (
            (reversed_entry_id is null and zet > 0) or (reversed_entry_id is not null and zet < 0))
    )
    """,
    "create index ix_credit_entry_cycle_id_id on credit_entry (cycle_id, id)",
    """
    create function credit_entry_is_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the ledger is append-only' using errcode = '42501'; end $$
    """,
    """
    create trigger credit_entry_append_only before update or delete on credit_entry
    for each row execute function credit_entry_is_append_only()
    """,
    """
    create trigger credit_entry_no_truncate before truncate on credit_entry
    for each statement execute function credit_entry_is_append_only()
    """,
    """
    create table threshold_mark (
        cycle_id uuid not null constraint fk_threshold_mark_cycle_id references cycle (id),
        norm_code text not null,
        percent integer not null,
        reached_at timestamptz not null,
        constraint pk_threshold_mark primary key (cycle_id, norm_code, percent)
    )
    """,
)


def upgrade() -> None:
    create_kit_tables()
    for statement in (*COPIES, *OWN):
        op.execute(statement)


def downgrade() -> None:
    msg = "the first revision is not undone: it would drop the ledger itself"
    raise NotImplementedError(msg)
