"""Documents that persons added by hand, as the registry tells of them.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table own_document_copy (
            document_id uuid not null constraint pk_own_document_copy primary key,
            person_id uuid not null,
            kind text not null,
            specialty_key text not null,
            specialty_name text not null,
            series text not null,
            number text not null,
            exam_on date not null,
            issued_on date not null,
            state text not null,
            version integer not null,
            copied_at timestamptz not null
        )
        """
    )
    op.execute("create index ix_own_document_copy_person_id on own_document_copy (person_id)")


def downgrade() -> None:
    op.execute("drop table own_document_copy")
