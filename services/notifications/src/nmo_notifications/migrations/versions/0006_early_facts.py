"""Public facts that came before the person's agreement was known here.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table early_fact (
        event_id uuid not null constraint pk_early_fact primary key,
        place bigint generated always as identity,
        person_id uuid not null,
        body bytea not null,
        at timestamptz not null
    )
    """,
    "create index ix_early_fact_person_id on early_fact (person_id, place)",
    "create index ix_early_fact_at on early_fact (at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table early_fact")
