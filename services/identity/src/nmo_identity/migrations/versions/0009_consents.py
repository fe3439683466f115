"""Consents per purpose, receipts and erasure.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CONSENTS = (
    "alter table consent_text add column details jsonb not null default '{}'",
    "create index ix_consent_event_withdrawn on consent_event (at) where kind = 'withdrawn'",
    """
    create table consent_record (
        id uuid not null,
        person_id uuid not null,
        pseudonym uuid not null,
        purpose varchar not null,
        notice_version varchar not null,
        notice_hash varchar not null,
        categories text[] not null,
        recipients text[] not null,
        retention varchar not null,
        method varchar not null,
        language varchar not null,
        jurisdiction varchar not null,
        ip_prefix varchar not null,
        given_at timestamptz not null,
        state varchar not null,
        ended_at timestamptz,
        constraint pk_consent_record primary key (id),
        constraint fk_consent_record_person_id foreign key (person_id) references person (id),
        constraint ck_consent_record_state check (state in ('given', 'withdrawn', 'replaced')),
        constraint ck_consent_record_ended check ((state = 'given') = (ended_at is null))
    )
    """,
    "create index ix_consent_record_person_id on consent_record (person_id)",
    "create unique index uq_consent_record_given on consent_record (person_id, purpose) where state = 'given'",
    # Consents given before there were records: what their texts told goes into a record each.
    """
    insert into consent_record (id, person_id, pseudonym, purpose, notice_version, notice_hash, categories, recipients,
                                retention, method, language, jurisdiction, ip_prefix, given_at, state)
    select gen_random_uuid(), e.person_id, gen_random_uuid(), e.purpose, e.text_version, e.text_hash,
           array(select c ->> 'code' from jsonb_array_elements(t.categories) c), '{}', '', 'web_page_button', 'ru', 'RU',
           '', e.at, 'given'
    from (select distinct on (person_id, purpose) * from consent_event order by person_id, purpose, at desc, id desc) e
    join consent_text t on t.purpose = e.purpose and t.version = e.text_version
    where e.kind = 'granted'
    """,
    """
    create function consent_record_ends_once() returns trigger language plpgsql as
    $$ begin
        if tg_op = 'DELETE' or old.state <> 'given'
           or (to_jsonb(old) - 'state' - 'ended_at') <> (to_jsonb(new) - 'state' - 'ended_at') then
            raise exception 'a consent record only ends, once' using errcode = '42501';
        end if;
        return new;
    end $$
    """,
    """
    create trigger consent_record_ends_once before update or delete on consent_record
    for each row execute function consent_record_ends_once()
    """,
    """
    create table consent_acknowledgement (
        event_id uuid not null,
        service varchar not null,
        applied_at timestamptz not null,
        recorded_at timestamptz not null,
        constraint pk_consent_acknowledgement primary key (event_id, service),
        constraint fk_consent_acknowledgement_event_id foreign key (event_id) references consent_event (id)
    )
    """,
)
ERASURE = (
    "create sequence erasure_act_number",
    """
    create table erasure_order (
        id uuid not null,
        person_id uuid not null,
        pseudonym uuid not null,
        reason varchar not null,
        state varchar not null,
        ordered_at timestamptz not null,
        due_at timestamptz not null,
        begun_at timestamptz,
        ended_at timestamptz,
        number integer,
        act jsonb,
        signed varchar,
        keep_until timestamptz,
        constraint pk_erasure_order primary key (id),
        constraint uq_erasure_order_number unique (number),
        constraint fk_erasure_order_person_id foreign key (person_id) references person (id),
        constraint ck_erasure_order_state check (state in ('due', 'cancelled', 'running', 'done')),
        constraint ck_erasure_order_act check ((state = 'done') = (act is not null))
    )
    """,
    "create unique index uq_erasure_order_open on erasure_order (person_id) where state in ('due', 'running')",
    "create index ix_erasure_order_due_at on erasure_order (due_at) where state = 'due'",
    """
    create table erasure_answer (
        order_id uuid not null,
        service varchar not null,
        destroyed jsonb not null,
        kept jsonb not null,
        at timestamptz not null,
        constraint pk_erasure_answer primary key (order_id, service),
        constraint fk_erasure_answer_order_id foreign key (order_id) references erasure_order (id)
    )
    """,
    # The law's destruction is the one reason for which proofs and comparisons of a person may go.
    """
    create or replace function row_is_append_only() returns trigger language plpgsql as
    $$ begin
        if tg_op = 'DELETE' and tg_table_name in ('proof', 'match_result', 'match_confirmation', 'applied_change')
           and current_setting('nmo.erasing', true) = to_jsonb(old) ->> 'person_id' then
            return old;
        end if;
        raise exception 'rows of % are never changed', tg_table_name using errcode = '42501';
    end $$
    """,
)


def upgrade() -> None:
    for statement in (*CONSENTS, *ERASURE):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("records of consents and acts of destruction are not undone")
