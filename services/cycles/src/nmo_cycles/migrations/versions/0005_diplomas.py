"""On what a first cycle may be opened.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table diploma_mark (
            document_id uuid not null,
            specialist_id uuid not null,
            told_at timestamptz not null,
            constraint pk_diploma_mark primary key (document_id)
        )
        """
    )
    op.execute("create index ix_diploma_mark_specialist_id on diploma_mark (specialist_id)")
    op.execute(
        """
        create table questionnaire_mark (
            person_id uuid not null,
            filled_at timestamptz not null,
            constraint pk_questionnaire_mark primary key (person_id)
        )
        """
    )


def downgrade() -> None:
    op.execute("drop table questionnaire_mark, diploma_mark")
