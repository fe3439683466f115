"""One-time codes, sealed letters, second steps, contacts, questionnaire.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TABLES = (
    """
    create table one_time_code (
        id uuid not null,
        purpose varchar not null,
        flow varchar not null,
        account_id uuid,
        digest bytea not null,
        tries integer not null,
        issued_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        constraint pk_one_time_code primary key (id),
        constraint uq_one_time_code_purpose_flow unique (purpose, flow),
        constraint ck_one_time_code_tries check (tries between 0 and 5)
    )
    """,
    "create index ix_one_time_code_expires_at on one_time_code (expires_at)",
    """
    create table letter (
        id uuid not null,
        kind varchar not null,
        channel varchar not null,
        person_id uuid,
        to_sealed bytea,
        params_sealed bytea,
        state varchar not null,
        issued_at timestamptz not null,
        expires_at timestamptz not null,
        finished_at timestamptz,
        constraint pk_letter primary key (id),
        constraint ck_letter_channel check (channel in ('email', 'sms')),
        constraint ck_letter_state check (state in ('issued', 'sent', 'failed', 'expired')),
        constraint ck_letter_erased check (state = 'issued' or (to_sealed is null and params_sealed is null))
    )
    """,
    "create index ix_letter_expires_at on letter (expires_at)",
    "create index ix_letter_person_id on letter (person_id)",
    """
    create table rate_limit (
        key varchar not null,
        tat timestamptz not null,
        constraint pk_rate_limit primary key (key)
    )
    """,
    "create index ix_rate_limit_tat on rate_limit (tat)",
    """
    create table day_quota (
        key varchar not null,
        day date not null,
        used integer not null,
        constraint pk_day_quota primary key (key, day)
    )
    """,
    "create index ix_day_quota_day on day_quota (day)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("day_quota", "rate_limit", "letter", "one_time_code"):
        op.execute(f"drop table {table}")
