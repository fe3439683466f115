"""The journal is sealed: its chain, checkpoints, and copies of other services' checkpoints.

Revision ID: 0004
Revises: 0003
"""

from nmo_kit.migrate import create_seal_tables, drop_seal_tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_seal_tables()


def downgrade() -> None:
    drop_seal_tables()
