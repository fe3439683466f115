"""Find sessions that ended lately without reading all of them.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index ix_auth_session_ended_at on auth_session (ended_at) where ended_at is not null")


def downgrade() -> None:
    op.execute("drop index ix_auth_session_ended_at")
