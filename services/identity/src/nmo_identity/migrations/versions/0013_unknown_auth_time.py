"""Sessions of providers that do not say when the password was typed.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table auth_session alter column auth_time drop not null")


def downgrade() -> None:
    op.execute("update auth_session set auth_time = created_at where auth_time is null")
    op.execute("alter table auth_session alter column auth_time set not null")
