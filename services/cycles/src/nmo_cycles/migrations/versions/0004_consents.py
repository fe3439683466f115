"""The copy of people's consents.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from nmo_kit.consents import CONSENT_DDL

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(CONSENT_DDL)


def downgrade() -> None:
    op.execute("drop table identity_consent_copy")
