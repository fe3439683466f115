"""Specialties follow the nomenclature as the registry tells it; those of the packaged file count until it did.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table specialty
            alter column level drop not null,
            add column in_force boolean not null default true,
            add column book_version text not null default '',
            add column number integer not null default 0
        """
    )


def downgrade() -> None:
    op.execute("delete from specialty where level is null")
    op.execute(
        """
        alter table specialty
            alter column level set not null,
            drop column in_force,
            drop column book_version,
            drop column number
        """
    )
