"""Awards of a person, and which parts of a card the register's last answer left out.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute(
        """
        create table nomination (
            id uuid not null constraint pk_nomination primary key,
            specialist_id uuid not null
                constraint fk_nomination_specialist_id_specialist references specialist (id),
            name text not null,
            number text not null,
            awarded_on date
        )
        """
    )
    op.execute("create index ix_nomination_specialist_id on nomination (specialist_id)")
    op.execute("alter table specialist add column left_out jsonb not null default '{}'")


def downgrade() -> None:
    op.execute("alter table specialist drop column left_out")
    op.execute("drop table nomination")
