"""Full comparison with the register's dump: its progress, and people the dump did not name.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
create table reconciliation (
    id uuid not null,
    source text not null,
    dump_id text not null,
    feed_cursor text not null,
    total bigint not null,
    place text not null,
    taken bigint not null,
    appeared bigint not null,
    changed bigint not null,
    removed bigint not null,
    unreadable bigint not null,
    phase text not null,
    stopped_because text,
    started_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    constraint pk_reconciliation primary key (id),
    constraint ck_reconciliation_phase check (phase in ('reading', 'removing', 'done', 'stopped'))
);
create unique index uq_reconciliation_running on reconciliation (source) where phase in ('reading', 'removing');
create index ix_reconciliation_started_at on reconciliation (started_at);

create table reconciliation_missing (
    register_oid text not null,
    constraint pk_reconciliation_missing primary key (register_oid)
)
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table reconciliation_missing")
    op.execute("drop table reconciliation")
