"""Rows of models into tables by COPY."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import asyncpg
from sqlmodel import SQLModel

_BATCH = 5000


async def copy_rows(
    connection: asyncpg.Connection,
    table: type[SQLModel],
    rows: Iterable[SQLModel],
    *,
    without: Collection[str] = frozenset(),
) -> int:
    """Write all rows; `without` names columns that the database computes. Returns how many."""
    columns = [name for name in table.model_fields if name not in without]
    iterator = (tuple(getattr(row, name) for name in columns) for row in rows)
    return await copy_records(connection, str(table.__tablename__), columns, iterator)


async def copy_records(
    connection: asyncpg.Connection, table: str, columns: Collection[str], records: Iterable[tuple[Any, ...]]
) -> int:
    """Write all records in batches; returns how many."""
    iterator, written = iter(records), 0
    while batch := list(islice(iterator, _BATCH)):
        await connection.copy_records_to_table(table, records=batch, columns=list(columns))
        written += len(batch)
    return written


@asynccontextmanager
async def without_indexes(connection: asyncpg.Connection, *tables: str) -> AsyncIterator[None]:
    """Drop the plain indexes of the tables and make them again at the end, from their own definitions: twice as fast."""
    found = await connection.fetch(
        "select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i"
        " where i.indrelid = any($1::text[]::regclass[])"
        " and not exists (select from pg_constraint c where c.conindid = i.indexrelid)",
        list(tables),
    )
    for index in found:
        await connection.execute(f"drop index {index['name']}")
    yield
    for index in found:
        await connection.execute(index["definition"])
