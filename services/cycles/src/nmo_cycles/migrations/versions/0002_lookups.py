"""Look-ups that nothing served at size: cycles of a document, all items of a cycle.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index ix_cycle_document_id on cycle (document_id) where document_id is not null")
    op.execute("create index ix_plan_item_cycle_id on plan_item (cycle_id)")


def downgrade() -> None:
    op.execute("drop index ix_cycle_document_id")
    op.execute("drop index ix_plan_item_cycle_id")
