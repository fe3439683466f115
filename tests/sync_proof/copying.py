"""The limit of loading: the same rows by nothing but COPY, into tables of the same shape with the same indexes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

TABLES = (
    "specialist", "specialist_name", "education_document", "employment", "qualification_category",
    "nomination",
    "admission_document", "outbox",
)  # fmt: skip
PAGES_AT_ONCE = 16_384
"""128 MiB of a table: written to a file, which is still in memory when it is copied from, whatever the table's size."""


async def bare_copy(database_url: str) -> tuple[float, int]:
    """Seconds and rows. What is copied is written to files before, outside the time."""
    connection = await asyncpg.connect(database_url)
    seconds, rows = 0.0, 0
    try:
        for table in TABLES:
            await connection.execute(f"create table bare_{table} (like {table} including all)")
            async for query in _slices(connection, table):
                spent, told = await _copied(connection, query, f"bare_{table}")
                seconds, rows = seconds + spent, rows + told
            await connection.execute(f"drop table bare_{table}")
    finally:
        await connection.close()
    return seconds, rows


async def _slices(connection: asyncpg.Connection, table: str) -> AsyncIterator[str]:
    """Queries that together give every row of the table once, in the order of the disk."""
    leaves = await connection.fetch(
        "select relid::regclass::text as name, pg_relation_size(relid) / 8192 as pages"
        " from pg_partition_tree($1::regclass) where isleaf order by 1",
        table,
    )
    if not leaves:
        size = "select $1::text as name, pg_relation_size($1::regclass) / 8192 as pages"
        leaves = await connection.fetch(size, table)
    for leaf in leaves:
        for page in range(0, leaf["pages"], PAGES_AT_ONCE):
            yield f"select * from {leaf['name']} where ctid >= '({page},0)' and ctid < '({page + PAGES_AT_ONCE},0)'"  # noqa: S608 names of this file


async def _copied(connection: asyncpg.Connection, query: str, table: str) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / table
        await connection.copy_from_query(query, output=file, format="binary")
        started = time.perf_counter()
        told = await connection.copy_to_table(table, source=file, format="binary")
        return time.perf_counter() - started, int(told.split()[1])
