"""Local accounts: credentials, registrations, devices and tries at signing in; restrictions of sessions.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table auth_session add column restrictions text[] not null default '{}'",
    """
    create table local_credential (
        account_id uuid not null,
        email_index bytea not null,
        verified_at timestamptz,
        password_hash varchar,
        pepper_id varchar,
        set_at timestamptz,
        noticed_days integer,
        created_at timestamptz not null,
        constraint pk_local_credential primary key (account_id),
        constraint fk_local_credential_account_id foreign key (account_id) references account (id)
    )
    """,
    "create index ix_local_credential_email_index on local_credential (email_index)",
    """
    create unique index uq_local_credential_verified on local_credential (email_index)
        where verified_at is not null
    """,
    """
    create table former_password (
        id uuid not null,
        account_id uuid not null,
        password_hash varchar not null,
        pepper_id varchar not null,
        retired_at timestamptz not null,
        constraint pk_former_password primary key (id),
        constraint fk_former_password_account_id foreign key (account_id) references account (id)
    )
    """,
    "create index ix_former_password_account_id on former_password (account_id)",
    "alter table person add column region_code varchar",
    """
    create table registration (
        id uuid not null,
        state varchar not null,
        email_index bytea not null,
        snils_index bytea not null,
        data_sealed bytea not null,
        link_hash bytea,
        link_used_at timestamptz,
        secret_index bytea,
        secret_used_at timestamptz,
        account_id uuid,
        received_at timestamptz not null,
        secret_expires_at timestamptz,
        expires_at timestamptz not null,
        constraint pk_registration primary key (id),
        constraint uq_registration_link_hash unique (link_hash),
        constraint uq_registration_secret_index unique (secret_index),
        constraint fk_registration_account_id foreign key (account_id) references account (id),
        constraint ck_registration_state check (state in ('received', 'mailed', 'known', 'opened'))
    )
    """,
    "create index ix_registration_email_index on registration (email_index)",
    "create index ix_registration_account_id on registration (account_id)",
    "create index ix_registration_expires_at on registration (expires_at)",
    "create index ix_registration_received on registration (received_at) where state = 'received'",
    """
    create table registration_invitation (
        link_hash bytea not null,
        email_index bytea not null,
        email_sealed bytea not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        constraint pk_registration_invitation primary key (link_hash)
    )
    """,
    "create index ix_registration_invitation_expires_at on registration_invitation (expires_at)",
    """
    create table used_proof (
        nonce varchar not null,
        expires_at timestamptz not null,
        constraint pk_used_proof primary key (nonce)
    )
    """,
    "create index ix_used_proof_expires_at on used_proof (expires_at)",
    """
    create table login_counter (
        key varchar not null,
        tries integer not null,
        window_started_at timestamptz not null,
        locked_until timestamptz,
        constraint pk_login_counter primary key (key)
    )
    """,
    "create index ix_login_counter_window_started_at on login_counter (window_started_at)",
    """
    create table known_device (
        account_id uuid not null,
        device_hash bytea not null,
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        constraint pk_known_device primary key (account_id, device_hash),
        constraint fk_known_device_account_id foreign key (account_id) references account (id)
    )
    """,
    "create index ix_known_device_last_seen_at on known_device (last_seen_at)",
    """
    create table login_minute (
        minute timestamptz not null,
        tries integer not null,
        failures integer not null,
        constraint pk_login_minute primary key (minute)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("accounts are not taken back; drop the database instead")
