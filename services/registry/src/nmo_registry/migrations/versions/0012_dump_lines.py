"""Lines of a dump that name nobody are kept with their places.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        """
        create table reconciliation_line (
            reconciliation_id uuid not null,
            after_oid text not null,
            position integer not null,
            dump_id text not null,
            reason text not null,
            noted_at timestamptz not null,
            constraint pk_reconciliation_line primary key (reconciliation_id, after_oid, position)
        )
        """
    )


def downgrade() -> None:
    op.execute("drop table reconciliation_line")
