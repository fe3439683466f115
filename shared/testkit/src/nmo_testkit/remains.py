"""What a database still holds: every row of every table as text, to see that words are gone and that nothing changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text

from nmo_kit.db import Database

MOVING = frozenset({"outbox", "inbox", "journal", "alembic_version"})
"""Tables that every handled event adds to; a partition counts as its table."""
_TABLES = text(
    """
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition order by 1
    """
)


async def rows_of(database: Database, *, without: Iterable[str] = MOVING) -> dict[str, list[str]]:
    """By table: its rows, each as one JSON text, sorted. Binary columns are in hex, so sealed words do not show."""
    left_out = set(without)
    found: dict[str, list[str]] = {}
    async with database.read() as session:
        for table in (await session.execute(_TABLES)).scalars().all():
            if table not in left_out:
                rows = await session.execute(text(f'select to_jsonb(t)::text from "{table}" t order by 1'))  # noqa: S608 names of the catalogue
                found[table] = list(rows.scalars())
    return found


async def tables_with(database: Database, *words: str, without: Iterable[str] = MOVING) -> set[str]:
    """Names of the tables where any of the words still stands."""
    found = await rows_of(database, without=without)
    return {table for table, rows in found.items() if any(word in row for row in rows for word in words)}
