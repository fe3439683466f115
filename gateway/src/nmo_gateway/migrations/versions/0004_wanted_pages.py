"""The page first asked for, while a session owes a step before it.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table browser_session add column wanted varchar")


def downgrade() -> None:
    op.execute("alter table browser_session drop column wanted")
