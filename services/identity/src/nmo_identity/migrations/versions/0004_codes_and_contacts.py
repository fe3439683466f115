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
    """
    create table second_factor (
        id uuid not null,
        account_id uuid not null,
        kind varchar not null,
        secret_sealed bytea,
        last_step bigint,
        flow uuid,
        created_at timestamptz not null,
        confirmed_at timestamptz,
        constraint pk_second_factor primary key (id),
        constraint fk_second_factor_account_id foreign key (account_id) references account (id),
        constraint uq_second_factor_account_id_kind unique (account_id, kind),
        constraint ck_second_factor_kind check (kind in ('totp', 'totp_setup', 'sms'))
    )
    """,
    """
    create table recovery_code (
        id uuid not null,
        account_id uuid not null,
        digest bytea not null,
        created_at timestamptz not null,
        used_at timestamptz,
        constraint pk_recovery_code primary key (id),
        constraint fk_recovery_code_account_id foreign key (account_id) references account (id),
        constraint uq_recovery_code_account_id_digest unique (account_id, digest)
    )
    """,
    """
    create table pending_sign_in (
        handle_hash bytea not null,
        account_id uuid not null,
        person_id uuid not null,
        restrictions text[] not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        constraint pk_pending_sign_in primary key (handle_hash),
        constraint fk_pending_sign_in_account_id foreign key (account_id) references account (id),
        constraint fk_pending_sign_in_person_id foreign key (person_id) references person (id)
    )
    """,
    "create index ix_pending_sign_in_account_id on pending_sign_in (account_id)",
    "create index ix_pending_sign_in_expires_at on pending_sign_in (expires_at)",
    "alter table person add column email_own boolean not null default false",
    "alter table person add column phone_own boolean not null default false",
    """
    create table contact_change (
        id uuid not null,
        person_id uuid not null,
        kind varchar not null,
        state varchar not null,
        value_sealed bytea,
        previous_sealed bytea,
        reserved boolean not null,
        created_at timestamptz not null,
        confirmed_at timestamptz,
        undo_hash bytea,
        undo_until timestamptz,
        ended_at timestamptz,
        constraint pk_contact_change primary key (id),
        constraint fk_contact_change_person_id foreign key (person_id) references person (id),
        constraint ck_contact_change_kind check (kind in ('email', 'phone', 'postal')),
        constraint ck_contact_change_state check (state in ('pending', 'confirmed', 'cancelled', 'undone'))
    )
    """,
    "create index ix_contact_change_person_id on contact_change (person_id)",
    "create unique index uq_contact_change_pending on contact_change (person_id, kind) where state = 'pending'",
    "create unique index uq_contact_change_undo_hash on contact_change (undo_hash)",
    """
    create table postal_address (
        person_id uuid not null,
        address_sealed bytea not null,
        updated_at timestamptz not null,
        constraint pk_postal_address primary key (person_id),
        constraint fk_postal_address_person_id foreign key (person_id) references person (id)
    )
    """,
    "alter table account add column duties text[] not null default '{}'",
    """
    create table recovery_flow (
        id uuid not null,
        number varchar not null,
        handle_hash bytea not null,
        channel varchar not null,
        contact_sealed bytea,
        account_id uuid,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        prepared_at timestamptz,
        proved_at timestamptz,
        ended_at timestamptz,
        constraint pk_recovery_flow primary key (id),
        constraint uq_recovery_flow_number unique (number),
        constraint uq_recovery_flow_handle_hash unique (handle_hash),
        constraint fk_recovery_flow_account_id foreign key (account_id) references account (id),
        constraint ck_recovery_flow_channel check (channel in ('email', 'sms'))
    )
    """,
    "create index ix_recovery_flow_account_id on recovery_flow (account_id)",
    "create index ix_recovery_flow_expires_at on recovery_flow (expires_at)",
    "create index ix_recovery_flow_unprepared on recovery_flow (created_at) where prepared_at is null and ended_at is null",
    """
    create table questionnaire (
        person_id uuid not null,
        specialty_key varchar not null,
        organization varchar not null,
        exam_on date not null,
        diploma_on date not null,
        confirmed_at timestamptz not null,
        created_at timestamptz not null,
        constraint pk_questionnaire primary key (person_id),
        constraint fk_questionnaire_person_id foreign key (person_id) references person (id)
    )
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("codes and contacts are not taken back; drop the database instead")
