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
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("accounts are not taken back; drop the database instead")
