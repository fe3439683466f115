"""Whom a record of the register was last found to be: looked up when the record changes or leaves.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create index ix_match_result_specialist_id on match_result (specialist_id)"
        " where shown and specialist_id is not null"
    )


def downgrade() -> None:
    op.execute("drop index ix_match_result_specialist_id")
