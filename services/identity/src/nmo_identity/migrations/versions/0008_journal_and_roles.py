"""Sealed journal; requests for roles.

Revision ID: 0008
Revises: 0007
"""

from alembic import op
from nmo_kit.migrate import create_seal_tables, drop_seal_tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VERSIONS = (
    "alter table person add column version_at timestamptz",
    "create index ix_person_version_at on person (version_at) where version_at is not null",
    """
    create function person_version_grew() returns trigger language plpgsql as
    $$ begin new.version_at := app_now(); return new; end $$
    """,
    """
    create trigger person_version_grew before update of version on person
    for each row when (new.version <> old.version and old.version > 0) execute function person_version_grew()
    """,
)
"""The moment comes from the database, so that nobody who raises a version can forget it; of a new person nobody holds a token."""


def upgrade() -> None:
    create_seal_tables()
    for statement in VERSIONS:
        op.execute(statement)


def downgrade() -> None:
    drop_seal_tables()
    op.execute("drop trigger person_version_grew on person")
    op.execute("drop function person_version_grew()")
    op.execute("alter table person drop column version_at")
