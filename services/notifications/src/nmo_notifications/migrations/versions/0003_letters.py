"""Letters and text messages that identity owes.

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
        create table letter_job (
            letter_id uuid not null,
            kind text not null,
            channel text not null,
            template_version integer not null,
            state text not null,
            attempts integer not null,
            next_attempt_at timestamptz not null,
            lease_until timestamptz,
            created_at timestamptz not null,
            finished_at timestamptz,
            settled_at timestamptz,
            constraint pk_letter_job primary key (letter_id),
            constraint ck_letter_job_state check (state in ('pending', 'sent', 'failed', 'over'))
        )
        """
    )
    op.execute("create index ix_letter_job_due on letter_job (next_attempt_at) where settled_at is null")
    op.execute(
        """
        create table letter_attempt (
            id uuid not null,
            letter_id uuid not null,
            at timestamptz not null,
            result text not null,
            detail text not null,
            constraint pk_letter_attempt primary key (id),
            constraint fk_letter_attempt_letter_id foreign key (letter_id) references letter_job (letter_id)
        )
        """
    )
    op.execute("create index ix_letter_attempt_letter_id_id on letter_attempt (letter_id, id)")


def downgrade() -> None:
    op.execute("drop table letter_attempt, letter_job")
