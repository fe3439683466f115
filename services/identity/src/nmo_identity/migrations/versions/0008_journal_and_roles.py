"""Sealed journal; requests for roles.

Revision ID: 0008
Revises: 0007
"""

from alembic import op
from nmo_kit.migrate import create_seal_tables, drop_seal_tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VERSIONS = (
    "alter table person add column version_at timestamptz",
    "create index ix_person_version_at on person (version_at) where version_at is not null",
    """
    create function person_version_grew() returns trigger language plpgsql as
    $$ begin new.version_at := app_now(); return new; end $$
    """,
    """
    create trigger person_version_grew before update of version on person
    for each row when (new.version <> old.version and old.version > 0) execute function person_version_grew()
    """,
)
"""The moment comes from the database, so that nobody who raises a version can forget it; of a new person nobody holds a token."""
ROLES = (
    "alter table role_grant alter column snils_index drop not null",
    "alter table role_grant add column person_id uuid constraint fk_role_grant_person_id references person (id)",
    "alter table role_grant add constraint ck_role_grant_key check (num_nonnulls(snils_index, person_id) = 1)",
    "create index ix_role_grant_person_id on role_grant (person_id) where revoked_at is null",
    """
    create table role_request (
        id uuid not null,
        person_id uuid not null,
        role varchar not null,
        organization_id uuid,
        reason_sealed bytea not null,
        state varchar not null,
        created_at timestamptz not null,
        decided_at timestamptz,
        decided_by uuid,
        answer varchar,
        constraint pk_role_request primary key (id),
        constraint fk_role_request_person_id foreign key (person_id) references person (id),
        constraint ck_role_request_state check (state in ('pending', 'granted', 'refused', 'withdrawn')),
        constraint ck_role_request_decided check ((state = 'pending') = (decided_at is null))
    )
    """,
    "create index ix_role_request_person_id on role_request (person_id)",
    """
    create unique index uq_role_request_open on role_request (person_id, role, organization_id) nulls not distinct
    where state = 'pending'
    """,
    "create index ix_role_request_state on role_request (organization_id, created_at) where state = 'pending'",
    "alter table auth_session add column workplace_role varchar, add column workplace_organization_id uuid",
)


def upgrade() -> None:
    create_seal_tables()
    for statement in ROLES:
        op.execute(statement)
    for statement in VERSIONS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("alter table auth_session drop column workplace_role, drop column workplace_organization_id")
    op.execute("drop table role_request")
    op.execute("delete from role_grant where snils_index is null")
    op.execute("alter table role_grant drop column person_id, alter column snils_index set not null")
    drop_seal_tables()
    op.execute("drop trigger person_version_grew on person")
    op.execute("drop function person_version_grew()")
    op.execute("alter table person drop column version_at")
