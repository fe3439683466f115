"""When a person confirmed last who they are; sessions whose end identity has to be told.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table browser_session add column confirmed_at timestamptz, add column told boolean")
    op.execute("update browser_session set confirmed_at = login_at, told = ended_at is not null")
    op.execute(
        "alter table browser_session alter column confirmed_at set not null, alter column told set not null, "
        "alter column told set default false, alter column confirmed_at set default app_now()"
    )
    op.execute("create index ix_browser_session_untold on browser_session (ended_at) where not told")
    op.execute("alter table login_flow add column confirms uuid")


def downgrade() -> None:
    op.execute("alter table login_flow drop column confirms")
    op.execute("drop index ix_browser_session_untold")
    op.execute("alter table browser_session drop column confirmed_at, drop column told")
