"""The nomenclature as the registry tells it; a cycle keeps the code, book and version its specialty was shown with.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table specialty_copy (
            key text not null constraint pk_specialty_copy primary key,
            code text not null,
            name text not null,
            in_force boolean not null,
            oid text not null,
            book_version text not null,
            number integer not null
        )
        """
    )
    op.execute(
        """
        alter table cycle
            add column specialty_code text,
            add column specialty_oid text,
            add column specialty_version text
        """
    )


def downgrade() -> None:
    op.execute(
        "alter table cycle drop column specialty_code, drop column specialty_oid, drop column specialty_version"
    )
    op.execute("drop table specialty_copy")
