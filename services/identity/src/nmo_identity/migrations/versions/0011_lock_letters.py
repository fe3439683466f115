"""Letters about closed sign-ins are written by the worker.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table login_counter add column owner_told boolean not null default true")
    op.execute("create index ix_login_counter_untold on login_counter (window_started_at) where not owner_told")


def downgrade() -> None:
    op.execute("alter table login_counter drop column owner_told")
