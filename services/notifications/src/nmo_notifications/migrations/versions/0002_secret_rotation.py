"""The secret before the present one, for the time both sign.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table subscription add column previous_secret bytea")
    op.execute("alter table subscription add column previous_until timestamptz")


def downgrade() -> None:
    op.execute("alter table subscription drop column previous_secret, drop column previous_until")
