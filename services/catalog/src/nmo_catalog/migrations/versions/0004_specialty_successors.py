"""What became of a specialty that ended, as the registry tells it.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table specialty add column successors text[] not null default '{}'")


def downgrade() -> None:
    op.execute("alter table specialty drop column successors")
