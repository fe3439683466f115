"""Requests to support: their threads, history, deadlines, proposals to change data.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    """
    create table support_number (
        year integer not null constraint pk_support_number primary key,
        last integer not null constraint ck_support_number_positive check (last > 0)
    )
    """,
    """
    create table support_deadline (
        stage text not null constraint pk_support_deadline primary key,
        hours integer not null constraint ck_support_deadline_positive check (hours > 0)
    )
    """,
    "insert into support_deadline (stage, hours) values ('first', 24), ('documents', 48), ('correction', 24)",
    """
    create table support_request (
        id uuid not null constraint pk_support_request primary key,
        number text not null constraint uq_support_request_number unique,
        kind varchar(30) not null,
        status varchar(30) not null,
        person_id uuid,
        guest_key_hash bytea constraint uq_support_request_guest_key_hash unique,
        contact_sealed bytea,
        topic_sealed bytea not null,
        reference text,
        happened_at timestamptz,
        level integer not null,
        taken_by uuid,
        taken_at timestamptz,
        asked_documents boolean not null,
        result varchar(30),
        due_at timestamptz not null,
        version integer not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        closed_at timestamptz,
        constraint ck_support_request_number_shape check (number ~ '^ОБР-[0-9]{7,}-[0-9]{4}$'),
        constraint ck_support_request_kind check (kind in (
            'mismatch', 'verification', 'data_change', 'sign_in', 'other')),
        constraint ck_support_request_status check (status in (
            'new', 'taken', 'waiting', 'proposed', 'approved', 'closed')),
        constraint ck_support_request_owner check ((person_id is null) <> (guest_key_hash is null)),
        constraint ck_support_request_closed check ((status = 'closed') = (closed_at is not null)),
        constraint ck_support_request_new check (status <> 'new' or taken_by is null)
    )
    """,
    "create index ix_support_request_person_id_id on support_request (person_id, id)",
    "create index ix_support_request_queue on support_request (due_at, id) where closed_at is null",
    """
    create unique index uq_support_request_open_kind on support_request (person_id, kind)
    where closed_at is null and kind in ('mismatch', 'verification', 'data_change')
    """,
    """
    create table support_message (
        id uuid not null constraint pk_support_message primary key,
        request_id uuid not null constraint fk_support_message_request_id references support_request (id),
        at timestamptz not null,
        author varchar(30) not null,
        author_id text not null,
        text_sealed bytea not null,
        constraint ck_support_message_author check (author in ('person', 'support', 'system'))
    )
    """,
    "create index ix_support_message_request_id_id on support_message (request_id, id)",
    """
    create table support_move (
        id uuid not null constraint pk_support_move primary key,
        request_id uuid not null constraint fk_support_move_request_id references support_request (id),
        at timestamptz not null,
        action varchar(30) not null,
        from_status varchar(30),
        to_status varchar(30) not null,
        actor text not null,
        actor_role varchar(30) not null
    )
    """,
    "create index ix_support_move_request_id_id on support_move (request_id, id)",
    """
    create table support_change (
        request_id uuid not null constraint pk_support_change primary key
            constraint fk_support_change_request_id references support_request (id),
        asked_sealed bytea not null,
        proposed_sealed bytea,
        proposed_by uuid,
        proposed_at timestamptz,
        decided_by uuid,
        decided_at timestamptz,
        constraint ck_support_change_two_people check (decided_by is null or decided_by <> proposed_by)
    )
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "support_change",
        "support_move",
        "support_message",
        "support_request",
        "support_deadline",
        "support_number",
    ):
        op.execute(f"drop table {table}")
