"""Applications, their history, the copy of programmes, issued documents.

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
    """
    create table catalog_element_copy (
        element_id uuid not null constraint pk_catalog_element_copy primary key,
        kind text not null,
        title text not null,
        zet numeric(6, 2) not null,
        workload_hours integer not null,
        form text not null,
        bases text[] not null,
        starts_on date,
        ends_on date,
        organization_id uuid not null,
        organization_name text not null,
        place text not null,
        archived boolean not null,
        copied_at timestamptz not null
    )
    """,
    """
    create table application_number (
        year integer not null constraint pk_application_number primary key,
        last integer not null constraint ck_application_number_positive check (last > 0)
    )
    """,
    "create table removed_plan_item (plan_item_id uuid not null constraint pk_removed_plan_item primary key)",
    """
    create table application (
        id uuid not null constraint pk_application primary key,
        number text not null constraint uq_application_number unique,
        person_id uuid not null,
        cycle_id uuid not null,
        plan_item_id uuid not null constraint uq_application_plan_item_id unique,
        element_id uuid not null
            constraint fk_application_element_id references catalog_element_copy (element_id),
        organization_id uuid not null,
        specialty_key text not null,
        status varchar(30) not null,
        seat varchar(30) not null,
        version integer not null,
        form_version integer not null,
        employment text,
        position text,
        workplace_name text,
        workplace_address text,
        region_code text,
        basis text,
        payer text,
        employer_oid text,
        applicant bytea,
        reason text,
        reason_code text,
        completed_on date,
        certificate_number text,
        credited_zet numeric(6, 2),
        submitted_at timestamptz,
        deleted_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint ck_application_number_shape check (number ~ '^NMO-[0-9]{7,}-[0-9]{4}$'),
        constraint ck_application_status check (status in (
            'draft', 'submitted', 'documents_requested', 'confirmed', 'rejected', 'enrolled', 'completed', 'failed',
            'withdrawn')),
        constraint ck_application_seat check (seat in ('none', 'pending', 'held', 'refused', 'released')),
        constraint ck_application_payer check (payer is null or basis = 'contract'),
        constraint ck_application_unemployed check (
            employment is distinct from 'unemployed' or (position is null and workplace_name is null)),
        constraint ck_application_completed check (
            status <> 'completed' or (completed_on is not null and certificate_number is not null
                                      and credited_zet is not null))
    )
    """,
    "create index ix_application_person_id_id on application (person_id, id)",
    "create index ix_application_element_id on application (element_id)",
    """
    create index ix_application_queue on application (organization_id, id)
    where deleted_at is null and submitted_at is not null
    """,
    """
    create table application_move (
        id uuid not null constraint pk_application_move primary key,
        application_id uuid not null
            constraint fk_application_move_application_id references application (id),
        at timestamptz not null,
        action text not null,
        from_status varchar(30),
        to_status varchar(30) not null,
        actor text not null,
        actor_role text not null,
        reason text
    )
    """,
    "create index ix_application_move_application_id_id on application_move (application_id, id)",
    """
    create table issued_document (
        id uuid not null constraint pk_issued_document primary key,
        application_id uuid not null
            constraint fk_issued_document_application_id references application (id),
        kind text not null,
        form_version integer not null,
        template_version integer not null,
        check_code text not null constraint uq_issued_document_check_code unique,
        sha256 text not null,
        size_bytes integer not null,
        object_key text not null,
        applicant_initials text not null,
        issued_at timestamptz not null
    )
    """,
    """
    create unique index uq_issued_document_edition
    on issued_document (application_id, kind, form_version, template_version)
    """,
)


def upgrade() -> None:
    create_kit_tables()
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    msg = "the first revision is not undone: it would drop the applications themselves"
    raise NotImplementedError(msg)
