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
    # One owner per line: states first, so that a database between two versions knows the new ones at once.
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
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("links are not taken apart by a migration")
