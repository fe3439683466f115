"""Persons, accounts, proofs, roles, consents, matches, sessions, the provider's clients, keys and tokens.

Revision ID: 0001
Revises:
"""

from alembic import op

from nmo_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    create table person (
        id uuid not null,
        last_name varchar not null,
        first_name varchar not null,
        patronymic varchar,
        gender varchar,
        citizenship varchar,
        birth_sealed bytea,
        snils_sealed bytea,
        snils_index bytea,
        snils_level integer not null,
        holds_snils boolean not null,
        email varchar,
        email_verified boolean not null,
        phone varchar,
        phone_verified boolean not null,
        confirmed boolean not null,
        version integer not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint pk_person primary key (id),
        constraint ck_person_snils_level check (snils_level between 0 and 3)
    )
    """,
    "create unique index uq_person_snils_index on person (snils_index) where holds_snils and snils_index is not null",
    """
    create table account (
        id uuid not null,
        person_id uuid not null,
        provider_key varchar not null,
        issuer varchar not null,
        subject varchar not null,
        state varchar not null,
        created_at timestamptz not null,
        last_login_at timestamptz not null,
        constraint pk_account primary key (id),
        constraint uq_account_issuer_subject unique (issuer, subject),
        constraint fk_account_person_id foreign key (person_id) references person (id),
        constraint ck_account_state check (state in ('active', 'frozen'))
    )
    """,
    "create index ix_account_person_id on account (person_id)",
    """
    create table proof (
        id uuid not null,
        person_id uuid not null,
        account_id uuid not null,
        kind varchar not null,
        level integer not null,
        issuer varchar not null,
        value_index bytea,
        proved_at timestamptz not null,
        constraint pk_proof primary key (id),
        constraint fk_proof_person_id foreign key (person_id) references person (id)
    )
    """,
    "create index ix_proof_person_id on proof (person_id)",
    """
    create table role_grant (
        id uuid not null,
        snils_index bytea not null,
        role varchar not null,
        organization_id uuid,
        granted_by varchar not null,
        granted_at timestamptz not null,
        revoked_at timestamptz,
        constraint pk_role_grant primary key (id)
    )
    """,
    "create index ix_role_grant_snils_index on role_grant (snils_index) where revoked_at is null",
    """
    create table membership (
        id uuid not null,
        person_id uuid not null,
        grant_id uuid not null,
        role varchar not null,
        organization_id uuid,
        granted_at timestamptz not null,
        revoked_at timestamptz,
        constraint pk_membership primary key (id),
        constraint fk_membership_person_id foreign key (person_id) references person (id),
        constraint fk_membership_grant_id foreign key (grant_id) references role_grant (id)
    )
    """,
    "create index ix_membership_person_id on membership (person_id)",
    "create unique index uq_membership_live on membership (person_id, role, organization_id) nulls not distinct where revoked_at is null",
    """
    create table consent_text (
        purpose varchar not null,
        version varchar not null,
        title varchar not null,
        categories jsonb not null,
        body varchar not null,
        text_hash varchar not null,
        published_at timestamptz not null,
        constraint pk_consent_text primary key (purpose, version)
    )
    """,
    """
    create table consent_event (
        id uuid not null,
        person_id uuid not null,
        purpose varchar not null,
        kind varchar not null,
        text_version varchar not null,
        text_hash varchar not null,
        at timestamptz not null,
        sid varchar not null,
        constraint pk_consent_event primary key (id),
        constraint fk_consent_event_person_id foreign key (person_id) references person (id),
        constraint ck_consent_event_kind check (kind in ('granted', 'refused', 'withdrawn'))
    )
    """,
    "create index ix_consent_event_person_id on consent_event (person_id)",
    """
    create table match_result (
        id uuid not null,
        person_id uuid not null,
        outcome varchar not null,
        specialist_id uuid,
        fields jsonb not null,
        register_version varchar,
        register_fetched_at timestamptz,
        matched_at timestamptz not null,
        reference varchar not null,
        constraint pk_match_result primary key (id),
        constraint fk_match_result_person_id foreign key (person_id) references person (id),
        constraint ck_match_result_outcome check (outcome in ('exact', 'equivalent', 'weak', 'conflict', 'not_found'))
    )
    """,
    "create index ix_match_result_person_id_matched_at on match_result (person_id, matched_at)",
    """
    create table match_confirmation (
        id uuid not null,
        person_id uuid not null,
        match_id uuid not null,
        specialist_id uuid not null,
        differing jsonb not null,
        confirmed_at timestamptz not null,
        constraint pk_match_confirmation primary key (id),
        constraint fk_match_confirmation_person_id foreign key (person_id) references person (id),
        constraint fk_match_confirmation_match_id foreign key (match_id) references match_result (id)
    )
    """,
    "create index ix_match_confirmation_person_id on match_confirmation (person_id)",
    """
    create table match_task (
        person_id uuid not null,
        requested_at timestamptz not null,
        next_attempt_at timestamptz not null,
        attempts integer not null,
        constraint pk_match_task primary key (person_id),
        constraint fk_match_task_person_id foreign key (person_id) references person (id)
    )
    """,
    "create index ix_match_task_next_attempt_at on match_task (next_attempt_at)",
    """
    create table login_flow (
        state uuid not null,
        provider_key varchar not null,
        flow_hash bytea not null,
        redirect_uri varchar not null,
        nonce varchar not null,
        code_verifier varchar not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        constraint pk_login_flow primary key (state)
    )
    """,
    "create index ix_login_flow_expires_at on login_flow (expires_at)",
    """
    create table seen_token (
        token_hash bytea not null,
        issuer varchar not null,
        seen_at timestamptz not null,
        expires_at timestamptz not null,
        constraint pk_seen_token primary key (token_hash)
    )
    """,
    "create index ix_seen_token_expires_at on seen_token (expires_at)",
    """
    create table auth_session (
        sid uuid not null,
        handle_hash bytea not null,
        person_id uuid not null,
        account_id uuid not null,
        provider_key varchar not null,
        acr varchar not null,
        auth_time timestamptz not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        ended_at timestamptz,
        end_reason varchar,
        previous_login_at timestamptz,
        ip_prefix varchar not null,
        user_agent varchar not null,
        constraint pk_auth_session primary key (sid),
        constraint uq_auth_session_handle_hash unique (handle_hash),
        constraint fk_auth_session_person_id foreign key (person_id) references person (id),
        constraint fk_auth_session_account_id foreign key (account_id) references account (id)
    )
    """,
    "create index ix_auth_session_expires_at on auth_session (expires_at)",
    "create index ix_auth_session_person_id on auth_session (person_id)",
    """
    create table oidc_client (
        client_id varchar not null,
        title varchar not null,
        kind varchar not null,
        redirect_uris jsonb not null,
        scopes jsonb not null,
        secret_hash bytea,
        created_at timestamptz not null,
        created_by varchar not null,
        disabled_at timestamptz,
        constraint pk_oidc_client primary key (client_id),
        constraint ck_oidc_client_kind check (kind in ('public', 'confidential'))
    )
    """,
    """
    create table signing_key (
        kid varchar not null,
        private_sealed bytea not null,
        public_jwk jsonb not null,
        created_at timestamptz not null,
        active_from timestamptz not null,
        retired_at timestamptz,
        constraint pk_signing_key primary key (kid)
    )
    """,
    """
    create table authorization_code (
        code_hash bytea not null,
        family_id uuid not null,
        client_id varchar not null,
        redirect_uri varchar not null,
        person_id uuid not null,
        sid uuid not null,
        scope varchar not null,
        nonce varchar,
        code_challenge varchar not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        constraint pk_authorization_code primary key (code_hash),
        constraint fk_authorization_code_person_id foreign key (person_id) references person (id),
        constraint fk_authorization_code_sid foreign key (sid) references auth_session (sid)
    )
    """,
    "create index ix_authorization_code_expires_at on authorization_code (expires_at)",
    """
    create table refresh_token (
        token_hash bytea not null,
        family_id uuid not null,
        client_id varchar not null,
        person_id uuid not null,
        sid uuid not null,
        scope varchar not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        revoked_at timestamptz,
        constraint pk_refresh_token primary key (token_hash),
        constraint fk_refresh_token_person_id foreign key (person_id) references person (id),
        constraint fk_refresh_token_sid foreign key (sid) references auth_session (sid)
    )
    """,
    "create index ix_refresh_token_expires_at on refresh_token (expires_at)",
    "create index ix_refresh_token_family_id on refresh_token (family_id)",
    """
    create table issued_token (
        jti uuid not null,
        family_id uuid not null,
        client_id varchar not null,
        person_id uuid,
        sid uuid,
        scope varchar not null,
        issued_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        constraint pk_issued_token primary key (jti)
    )
    """,
    "create index ix_issued_token_expires_at on issued_token (expires_at)",
    "create index ix_issued_token_family_id on issued_token (family_id)",
    """
    create table assertion_use (
        client_id varchar not null,
        jti varchar not null,
        expires_at timestamptz not null,
        constraint pk_assertion_use primary key (client_id, jti)
    )
    """,
    "create index ix_assertion_use_expires_at on assertion_use (expires_at)",
)
APPEND_ONLY = ("proof", "consent_text", "consent_event", "match_result", "match_confirmation")
"""What was proven, agreed and compared stays as it was."""
GUARD = """
create function row_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'rows of % are never changed', tg_table_name using errcode = '42501'; end $$
"""


def upgrade() -> None:
    create_kit_tables()
    for statement in TABLES:
        op.execute(statement)
    op.execute(GUARD)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            "for each row execute function row_is_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("the first revision is not taken back; drop the database instead")
