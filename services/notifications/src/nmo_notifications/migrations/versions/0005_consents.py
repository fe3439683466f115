"""Consents by purpose; text messages as a channel that ends with its consent.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    # What was agreed to before there were purposes is the main consent; the others are asked for by themselves.
    "alter table identity_consent_copy add column purpose text not null default 'data_transfer'",
    "alter table identity_consent_copy alter column purpose drop default",
    "alter table identity_consent_copy add column applied_at timestamptz not null default app_now()",
    "alter table identity_consent_copy drop constraint pk_identity_consent_copy",
    "alter table identity_consent_copy add constraint pk_identity_consent_copy primary key (person_id, purpose)",
    """
    create index ix_partner_event_person_id_at on partner_event (person_id, at desc, event_id desc)
        where person_id is not null
    """,
    "alter table delivery_job drop constraint ck_delivery_job_state",
    """
    alter table delivery_job add constraint ck_delivery_job_state
        check (state in ('pending', 'sent', 'failed', 'withdrawn'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("consents by purpose do not fit into one column again")
