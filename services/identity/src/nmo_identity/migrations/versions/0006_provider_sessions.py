"""The provider for partner portals and the sessions page.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    # A flow with a session confirms that session and opens no other.
    "alter table login_flow add column confirm_sid uuid",
    "alter table auth_session add column provider_session varchar",
    "create index ix_auth_session_provider_session on auth_session (provider_key, provider_session) "
    "where provider_session is not null",
    """
    alter table oidc_client
        add column first_party boolean not null default false,
        add column subject_type varchar not null default 'public',
        add column sector varchar not null default '',
        add column purpose varchar not null default '',
        add column post_logout_redirect_uris jsonb not null default '[]',
        add column backchannel_logout_uri varchar,
        add column secret_changed_at timestamptz,
        add constraint ck_oidc_client_subject_type check (subject_type in ('public', 'pairwise'))
    """,
    """
    create table client_grant (
        id uuid not null,
        person_id uuid not null,
        client_id varchar not null,
        scopes jsonb not null,
        granted_at timestamptz not null,
        revoked_at timestamptz,
        constraint pk_client_grant primary key (id),
        constraint fk_client_grant_person_id foreign key (person_id) references person (id),
        constraint fk_client_grant_client_id foreign key (client_id) references oidc_client (client_id)
    )
    """,
    "create unique index uq_client_grant_live on client_grant (person_id, client_id) where revoked_at is null",
    """
    create table authorization_request (
        id uuid not null,
        person_id uuid not null,
        sid uuid not null,
        client_id varchar not null,
        query jsonb not null,
        login_after timestamptz,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        decided_at timestamptz,
        constraint pk_authorization_request primary key (id),
        constraint fk_authorization_request_person_id foreign key (person_id) references person (id),
        constraint fk_authorization_request_sid foreign key (sid) references auth_session (sid),
        constraint fk_authorization_request_client_id foreign key (client_id) references oidc_client (client_id)
    )
    """,
    "create index ix_authorization_request_expires_at on authorization_request (expires_at)",
    """
    create table client_session (
        sid uuid not null,
        client_id varchar not null,
        client_sid uuid not null,
        subject varchar not null,
        person_id uuid not null,
        first_at timestamptz not null,
        constraint pk_client_session primary key (sid, client_id),
        constraint uq_client_session_client_sid unique (client_sid),
        constraint fk_client_session_sid foreign key (sid) references auth_session (sid),
        constraint fk_client_session_client_id foreign key (client_id) references oidc_client (client_id)
    )
    """,
    "create index ix_client_session_person_id on client_session (person_id)",
    """
    create table logout_notice (
        id uuid not null,
        sid uuid not null,
        client_id varchar not null,
        client_sid uuid not null,
        subject varchar not null,
        created_at timestamptz not null,
        next_attempt_at timestamptz,
        attempts integer not null,
        result varchar,
        done_at timestamptz,
        constraint pk_logout_notice primary key (id),
        constraint uq_logout_notice_sid unique (sid, client_id)
    )
    """,
    "create index ix_logout_notice_due on logout_notice (next_attempt_at) where next_attempt_at is not null",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("logout_notice", "client_session", "authorization_request", "client_grant"):
        op.execute(f"drop table {table}")
    op.execute(
        "alter table oidc_client drop column first_party, drop column subject_type, drop column sector, "
        "drop column purpose, drop column post_logout_redirect_uris, drop column backchannel_logout_uri, "
        "drop column secret_changed_at"
    )
    op.execute("alter table auth_session drop column provider_session")
    op.execute("alter table login_flow drop column confirm_sid")
