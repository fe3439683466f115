"""What persons answered about differences between the register and their own data.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        """
        create table difference_answer (
            id uuid not null constraint pk_difference_answer primary key,
            person_id uuid not null,
            specialist_id uuid,
            subject text not null,
            field text not null,
            choice text not null,
            own_sealed bytea not null,
            register_sealed bytea,
            register_version text not null,
            reference text not null,
            answered_at timestamptz not null,
            constraint ck_difference_answer_choice check (choice in ('accept', 'dispute', 'ask_employer'))
        )
        """
    )
    op.execute("create index ix_difference_answer_person_id_id on difference_answer (person_id, id)")


def downgrade() -> None:
    op.execute("drop table difference_answer")
