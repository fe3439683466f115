"""Full comparisons that an administrator asked for.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        """
        create table reconciliation_order (
            id uuid not null constraint pk_reconciliation_order primary key,
            source text not null,
            ordered_by text not null,
            ordered_at timestamptz not null,
            allow_removals boolean not null,
            reason text not null
        )
        """
    )
    op.execute("create index ix_reconciliation_order_ordered_at on reconciliation_order (ordered_at)")


def downgrade() -> None:
    op.execute("drop table reconciliation_order")
