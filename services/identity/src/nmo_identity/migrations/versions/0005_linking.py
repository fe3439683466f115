"""Links between accounts of one person, their proofs and states.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table account drop constraint ck_account_state",
    """
    alter table account
        add column level integer not null default 0,
        add column frozen_reason varchar,
        add column frozen_from varchar,
        add column frozen_at timestamptz,
        add column closed_at timestamptz,
        add column linked_at timestamptz,
        add constraint ck_account_state check (state in ('unverified', 'active', 'frozen', 'closed')),
        add constraint ck_account_frozen check ((state = 'frozen') = (frozen_reason is not null))
    """,
    """
    create table link_flow (
        state uuid not null,
        direction varchar not null,
        person_id uuid not null,
        account_id uuid not null,
        sid uuid not null,
        browser_hash bytea not null,
        provider_key varchar not null,
        issuer varchar not null,
        upstream_subject varchar,
        redirect_uri varchar not null,
        nonce varchar not null,
        code_verifier varchar not null,
        tries integer not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        outcome varchar,
        constraint pk_link_flow primary key (state),
        constraint fk_link_flow_person_id foreign key (person_id) references person (id),
        constraint fk_link_flow_account_id foreign key (account_id) references account (id),
        constraint ck_link_flow_direction check (direction in ('to_provider', 'to_local'))
    )
    """,
    "create index ix_link_flow_expires_at on link_flow (expires_at)",
    "create index ix_link_flow_person_id on link_flow (person_id)",
    """
    create table link_dismissal (
        person_id uuid not null,
        account_id uuid not null,
        at timestamptz not null,
        constraint pk_link_dismissal primary key (person_id, account_id),
        constraint fk_link_dismissal_person_id foreign key (person_id) references person (id),
        constraint fk_link_dismissal_account_id foreign key (account_id) references account (id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("links are not taken apart by a migration")
