"""Inbox, letters, partners with their logs, webhooks.

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
        title text not null,
        organization_name text not null,
        copied_at timestamptz not null
    )
    """,
    """
    create table message (
        id uuid not null constraint pk_message primary key,
        person_id uuid not null,
        event_id uuid not null,
        kind text not null,
        template_version integer not null,
        params jsonb not null,
        title text not null,
        body text not null,
        link text not null,
        created_at timestamptz not null,
        read_at timestamptz
    )
    """,
    "create unique index uq_message_event_id_kind_person_id on message (event_id, kind, person_id)",
    "create index ix_message_person_id_id on message (person_id, id)",
    "create index ix_message_unread on message (person_id) where read_at is null",
    """
    create table delivery_job (
        id uuid not null constraint pk_delivery_job primary key,
        message_id uuid not null constraint fk_delivery_job_message_id references message (id),
        channel text not null,
        state text not null constraint ck_delivery_job_state check (state in ('pending', 'sent', 'failed')),
        attempts integer not null,
        next_attempt_at timestamptz not null,
        lease_until timestamptz,
        created_at timestamptz not null,
        finished_at timestamptz
    )
    """,
    "create unique index uq_delivery_job_message_id_channel on delivery_job (message_id, channel)",
    "create index ix_delivery_job_due on delivery_job (next_attempt_at) where state = 'pending'",
    """
    create table delivery_attempt (
        id uuid not null constraint pk_delivery_attempt primary key,
        job_id uuid not null constraint fk_delivery_attempt_job_id references delivery_job (id),
        at timestamptz not null,
        result text not null,
        detail text not null
    )
    """,
    "create index ix_delivery_attempt_job_id_id on delivery_attempt (job_id, id)",
    """
    create table identity_consent_copy (
        person_id uuid not null constraint pk_identity_consent_copy primary key,
        granted boolean not null,
        at timestamptz not null
    )
    """,
    """
    create table partner (
        client_id text not null constraint pk_partner primary key,
        last_seq bigint not null,
        created_at timestamptz not null
    )
    """,
    """
    create table subscription (
        id uuid not null constraint pk_subscription primary key,
        client_id text not null constraint fk_subscription_client_id references partner (client_id),
        way text not null constraint ck_subscription_way check (way in ('amqp', 'webhook', 'pull')),
        types text[] not null,
        organization_ids uuid[] not null,
        url text,
        secret bytea,
        state text not null constraint ck_subscription_state check (state in ('active', 'paused', 'deleted')),
        paused_reason text,
        cursor_seq bigint not null,
        lease_until timestamptz,
        next_attempt_at timestamptz,
        failing_since timestamptz,
        version integer not null,
        created_at timestamptz not null,
        constraint ck_subscription_webhook check (way <> 'webhook' or url is not null)
    )
    """,
    "create index ix_subscription_client_id on subscription (client_id)",
    """
    create unique index uq_subscription_queue on subscription (client_id)
    where way = 'amqp' and state <> 'deleted'
    """,
    """
    create table partner_event (
        client_id text not null constraint fk_partner_event_client_id references partner (client_id),
        seq bigint not null,
        event_id uuid not null,
        type text not null,
        subject text not null,
        person_id uuid,
        organization_id uuid,
        subscription_id uuid,
        body bytea,
        at timestamptz not null,
        constraint pk_partner_event primary key (client_id, seq)
    )
    """,
    "create unique index uq_partner_event_client_id_event_id on partner_event (client_id, event_id)",
    "create index ix_partner_event_person_id on partner_event (person_id) where body is not null",
    "create index ix_partner_event_client_id_at on partner_event (client_id, at)",
    """
    create table webhook_delivery (
        id uuid not null constraint pk_webhook_delivery primary key,
        subscription_id uuid not null
            constraint fk_webhook_delivery_subscription_id references subscription (id),
        client_id text not null,
        seq bigint not null,
        subject text not null,
        state text not null constraint ck_webhook_delivery_state
            check (state in ('pending', 'delivered', 'exhausted', 'withdrawn')),
        attempts integer not null,
        next_attempt_at timestamptz not null,
        lease_until timestamptz,
        delivered_at timestamptz,
        constraint fk_webhook_delivery_client_id_seq
            foreign key (client_id, seq) references partner_event (client_id, seq)
    )
    """,
    "create unique index uq_webhook_delivery_subscription_id_seq on webhook_delivery (subscription_id, seq)",
    "create index ix_webhook_delivery_due on webhook_delivery (next_attempt_at) where state = 'pending'",
    """
    create index ix_webhook_delivery_order on webhook_delivery (subscription_id, subject, seq)
    where state = 'pending'
    """,
    """
    create table webhook_attempt (
        id uuid not null constraint pk_webhook_attempt primary key,
        delivery_id uuid not null
            constraint fk_webhook_attempt_delivery_id references webhook_delivery (id),
        at timestamptz not null,
        status integer,
        result text not null,
        duration_ms integer not null
    )
    """,
    "create index ix_webhook_attempt_delivery_id_id on webhook_attempt (delivery_id, id)",
)


def upgrade() -> None:
    create_kit_tables()
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    msg = "the first revision is not undone: it would drop messages and logs themselves"
    raise NotImplementedError(msg)
