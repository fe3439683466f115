"""The department of a job, the register's number of an accreditation and the number of its protocol.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"

COLUMNS = (
    ("employment", "department"),
    ("admission_document", "register_number"),
    ("admission_document", "protocol_number"),
)


def upgrade() -> None:
    # The default is for rows that stand, and for what the code of before writes while both run.
    for table, column in COLUMNS:
        op.execute(f"alter table {table} add column {column} text not null default ''")


def downgrade() -> None:
    for table, column in COLUMNS:
        op.execute(f"alter table {table} drop column {column}")
