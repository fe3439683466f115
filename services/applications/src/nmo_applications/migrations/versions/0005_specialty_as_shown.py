"""An application keeps the name of its specialty as it was shown, with the version of the book.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("alter table application add column specialty_name text, add column specialty_version text")


def downgrade() -> None:
    op.execute("alter table application drop column specialty_name, drop column specialty_version")
