"""Reference books from НСИ: where a version came from, what is current, loading page by page, codes and successors.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"

STEPS = (
    """
    alter table book
        add column source text not null default 'package',
        add column released_on date,
        add column release_notes text not null default ''
    """,
    "alter table book alter column source drop default, alter column release_notes drop default",
    """
    alter table book_entry
        add column code text not null default '',
        add column in_force boolean not null default true,
        add column tsv tsvector generated always as
            (to_tsvector('simple'::regconfig, translate(name, 'ёЁ', 'еЕ'))) stored
    """,
    "update book_entry set code = key",
    "alter table book_entry alter column code drop default, alter column in_force drop default",
    "create extension if not exists btree_gin",
    "create index ix_book_entry_search on book_entry using gin (book, version, tsv) with (fastupdate = off)",
    "create index ix_book_entry_position on book_entry (book, version, position)",
    """
    create table book_state (
        book text not null constraint pk_book_state primary key,
        current_version text,
        number integer not null,
        pinned_at timestamptz,
        checked_at timestamptz,
        failures integer not null,
        last_error text,
        last_error_at timestamptz,
        next_attempt_at timestamptz
    )
    """,
    """
    insert into book_state (book, current_version, number, failures)
    select distinct on (book) book, version, number, 0 from book order by book, number desc
    """,
    """
    create table book_load (
        id uuid not null constraint pk_book_load primary key,
        book text not null,
        version text not null,
        title text not null,
        released_on date,
        release_notes text not null,
        total integer not null,
        taken integer not null,
        next_page integer not null,
        page_size integer not null,
        phase text not null constraint ck_book_load_phase
            check (phase in ('reading', 'done', 'set_aside', 'abandoned')),
        reason text,
        evidence text,
        accept_smaller boolean not null,
        started_at timestamptz not null,
        updated_at timestamptz not null
    )
    """,
    "create unique index uq_book_load_reading on book_load (book) where phase = 'reading'",
    "create index ix_book_load_book_updated_at on book_load (book, updated_at)",
    """
    create table book_load_row (
        load_id uuid not null constraint fk_book_load_row_load_id references book_load (id),
        code text not null,
        position integer not null,
        cells jsonb not null,
        constraint pk_book_load_row primary key (load_id, code)
    )
    """,
    """
    create table book_code (
        book text not null,
        code text not null,
        key text not null,
        constraint pk_book_code primary key (book, code)
    )
    """,
    """
    create table book_successor (
        book text not null,
        key text not null,
        successor text not null,
        reason text not null,
        told_by text not null,
        told_at timestamptz not null,
        constraint pk_book_successor primary key (book, key, successor)
    )
    """,
    """
    create function book_is_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'versions of reference books are append-only' using errcode = '42501'; end $$
    """,
    *(
        f"create trigger {table}_append_only before update or delete on {table} "
        "for each row execute function book_is_append_only()"
        for table in ("book", "book_entry", "book_code")
    ),
)


def upgrade() -> None:
    for step in STEPS:
        op.execute(step)


def downgrade() -> None:
    for table in ("book", "book_entry", "book_code"):
        op.execute(f"drop trigger {table}_append_only on {table}")
    op.execute("drop function book_is_append_only()")
    for table in ("book_successor", "book_code", "book_load_row", "book_load", "book_state"):
        op.execute(f"drop table {table}")
    op.execute("alter table book_entry drop column tsv, drop column in_force, drop column code")
    op.execute("drop index if exists ix_book_entry_position")
    op.execute("alter table book drop column release_notes, drop column released_on, drop column source")
