"""Browser sessions, sign-in flows, shared rate limits."""

from alembic import op
from nmo_kit.migrate import create_clock_and_partitions

revision = "0001"
down_revision = None

STATEMENTS = [
    """
    create table browser_session (
      session_id uuid not null,
      cookie_hash bytea not null,
      previous_hash bytea,
      previous_until timestamptz,
      rotated_at timestamptz not null,
      person_id uuid not null,
      sid varchar not null,
      handle_sealed bytea not null,
      provider varchar not null,
      short_name varchar not null,
      entry varchar not null,
      consent boolean not null,
      roles varchar[] not null,
      previous_login_at timestamptz,
      login_at timestamptz not null,
      last_seen_at timestamptz not null,
      idle interval not null,
      expires_at timestamptz not null,
      ended_at timestamptz,
      end_reason varchar,
      constraint pk_browser_session primary key (session_id),
      constraint uq_browser_session_cookie_hash unique (cookie_hash),
      constraint uq_browser_session_previous_hash unique (previous_hash),
      constraint ck_browser_session_cookie_hash_is_sha256 check (octet_length(cookie_hash) = 32),
      constraint ck_browser_session_ended_with_reason check ((ended_at is null) = (end_reason is null))
    )
    """,
    "create index ix_browser_session_person_id on browser_session (person_id) where ended_at is null",
    "create index ix_browser_session_sid on browser_session (sid)",
    "create index ix_browser_session_expires_at on browser_session (expires_at)",
    """
    create table login_flow (
      flow_id uuid not null,
      cookie_hash bytea not null,
      provider varchar not null,
      return_to varchar not null,
      expires_at timestamptz not null,
      consumed_at timestamptz,
      constraint pk_login_flow primary key (flow_id),
      constraint uq_login_flow_cookie_hash unique (cookie_hash)
    )
    """,
    "create index ix_login_flow_expires_at on login_flow (expires_at)",
    """
    create table rate_limit (
      key varchar not null,
      tat timestamptz not null,
      constraint pk_rate_limit primary key (key)
    )
    """,
]


def upgrade() -> None:
    create_clock_and_partitions()
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table rate_limit, login_flow, browser_session")
