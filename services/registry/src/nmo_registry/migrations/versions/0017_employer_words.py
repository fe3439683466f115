"""Medical organisations are found by words of their names.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(
        """
        create index ix_employer_words on employer
            using gin (to_tsvector('simple'::regconfig, translate(name || ' ' || short_name, 'ёЁ', 'еЕ')))
            with (fastupdate = off)
        """
    )


def downgrade() -> None:
    op.execute("drop index ix_employer_words")
