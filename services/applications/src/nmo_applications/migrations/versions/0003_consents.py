"""The copy of people's consents; an application that was destroyed but for its number.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from nmo_kit.consents import CONSENT_DDL

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(CONSENT_DDL)


def downgrade() -> None:
    op.execute("drop table identity_consent_copy")
