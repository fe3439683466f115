"""Matching: tries counted, people whose match is looked at again, comparisons that are not shown; changes by support.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table match_result add column shown boolean not null default true",
    """
    create table match_quota (
        subject varchar not null,
        day date not null,
        tries integer not null,
        constraint pk_match_quota primary key (subject, day),
        constraint ck_match_quota_tries check (tries between 1 and 3)
    )
    """,
    """
    create table match_watch (
        person_id uuid not null,
        specialist_id uuid,
        outcome varchar not null,
        since timestamptz not null,
        next_look_at timestamptz not null,
        constraint pk_match_watch primary key (person_id),
        constraint fk_match_watch_person_id foreign key (person_id) references person (id),
        constraint ck_match_watch_outcome check (outcome in ('weak', 'conflict', 'not_found'))
    )
    """,
    "create index ix_match_watch_specialist_id on match_watch (specialist_id) where specialist_id is not null",
    "create index ix_match_watch_next_look_at on match_watch (next_look_at) where outcome = 'not_found'",
    """
    create table applied_change (
        request_id uuid not null,
        person_id uuid not null,
        number varchar not null,
        outcome varchar not null,
        reason_code varchar,
        changed jsonb not null,
        before_sealed bytea,
        proposed_by uuid not null,
        approved_by uuid not null,
        applied_at timestamptz not null,
        constraint pk_applied_change primary key (request_id),
        constraint fk_applied_change_person_id foreign key (person_id) references person (id),
        constraint ck_applied_change_outcome check (outcome in ('applied', 'refused')),
        constraint ck_applied_change_two_people check (proposed_by <> approved_by)
    )
    """,
    "create index ix_applied_change_person_id on applied_change (person_id, applied_at)",
    """
    create trigger applied_change_append_only before update or delete on applied_change
    for each row execute function row_is_append_only()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("applied_change", "match_watch", "match_quota"):
        op.execute(f"drop table {table}")
    op.execute("alter table match_result drop column shown")
