"""A comparison knows for whom its dump may be too old.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("alter table reconciliation_missing add column doubtful boolean not null default false")
    # Empty: looked through from the dump on.
    op.execute("alter table reconciliation add column feed_read_to text not null default ''")


def downgrade() -> None:
    op.execute("alter table reconciliation drop column feed_read_to")
    op.execute("delete from reconciliation_missing where doubtful")
    op.execute("alter table reconciliation_missing drop column doubtful")
