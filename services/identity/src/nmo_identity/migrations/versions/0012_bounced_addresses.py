"""E-mail addresses that take no letters.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table bounced_address (
            address_index bytea not null,
            person_id uuid not null,
            bounced_at timestamptz not null,
            constraint pk_bounced_address primary key (address_index)
        )
        """
    )
    op.execute("create index ix_bounced_address_person_id on bounced_address (person_id)")


def downgrade() -> None:
    op.execute("drop table bounced_address")
