"""Documents added by hand: their scans, history, terms of verification.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = (
    """
    create table own_document_number (
        year integer not null constraint pk_own_document_number primary key,
        last integer not null constraint ck_own_document_number_positive check (last > 0)
    )
    """,
    """
    create table verification_term (
        stage text not null constraint pk_verification_term primary key,
        hours integer not null constraint ck_verification_term_positive check (hours > 0)
    )
    """,
    "insert into verification_term (stage, hours) values ('first', 24), ('documents', 48), ('correction', 24)",
    """
    create table own_document (
        id uuid not null constraint pk_own_document primary key,
        number text not null constraint uq_own_document_number unique,
        person_id uuid not null,
        specialist_id uuid,
        kind text not null,
        state text not null,
        specialty_key text not null,
        specialty_name text not null,
        book_version text not null,
        exam_on date,
        issued_on date not null,
        details_sealed bytea not null,
        reason_sealed bytea,
        stage text not null constraint fk_own_document_stage references verification_term (stage),
        due_at timestamptz,
        late_at timestamptz,
        level integer not null,
        taken_by uuid,
        taken_at timestamptz,
        decided_by uuid,
        decided_at timestamptz,
        replaced_by uuid,
        version integer not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint ck_own_document_kind check (kind in (
            'certificate', 'accreditation', 'accreditation_protocol', 'diploma', 'additional_education')),
        constraint ck_own_document_state check (state in (
            'sent', 'checking', 'asked', 'verified', 'refused', 'replaced', 'withdrawn')),
        constraint ck_own_document_due check ((due_at is not null) = (state in ('sent', 'checking'))),
        constraint ck_own_document_taken check ((taken_by is not null) = (state = 'checking')),
        constraint ck_own_document_replaced check ((replaced_by is not null) = (state = 'replaced')),
        constraint ck_own_document_not_own check (decided_by is null or decided_by <> person_id)
    )
    """,
    "create index ix_own_document_person_id on own_document (person_id)",
    """
    create index ix_own_document_specialist_id on own_document (specialist_id)
    where state in ('sent', 'checking', 'asked', 'refused', 'verified')
    """,
    "create index ix_own_document_queue on own_document (due_at, id) where due_at is not null",
    """
    create table own_document_scan (
        id uuid not null constraint pk_own_document_scan primary key,
        person_id uuid not null,
        document_id uuid constraint fk_own_document_scan_document_id references own_document (id),
        media_type text not null,
        size_bytes integer not null,
        content_sealed bytea not null,
        created_at timestamptz not null,
        constraint ck_own_document_scan_media_type check (
            media_type in ('application/pdf', 'image/jpeg', 'image/png'))
    )
    """,
    # Sealed bytes do not compress: no time is spent on trying.
    "alter table own_document_scan alter column content_sealed set storage external",
    "create index ix_own_document_scan_person_id on own_document_scan (person_id)",
    "create index ix_own_document_scan_document_id on own_document_scan (document_id)",
    """
    create table own_document_move (
        id uuid not null constraint pk_own_document_move primary key,
        document_id uuid not null constraint fk_own_document_move_document_id references own_document (id),
        at timestamptz not null,
        action text not null,
        from_state text,
        to_state text not null,
        actor text not null,
        actor_role text not null,
        words_sealed bytea
    )
    """,
    "create index ix_own_document_move_document_id_id on own_document_move (document_id, id)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("own_document_move", "own_document_scan", "own_document", "verification_term", "own_document_number"):
        op.execute(f"drop table {table}")
