"""The limit of loading: the same rows by nothing but COPY, into tables of the same shape with the same indexes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import asyncpg

TABLES = (
    "specialist", "specialist_name", "education_document", "employment", "qualification_category",
    "admission_document", "outbox",
)  # fmt: skip


async def bare_copy(database_url: str) -> tuple[float, int]:
    """Seconds and rows. What is copied is written to files before, outside the time."""
    connection = await asyncpg.connect(database_url)
    seconds, rows = 0.0, 0
    try:
        for table in TABLES:
            await connection.execute(f"create table bare_{table} (like {table} including all)")
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / table
                await connection.copy_from_query(f"select * from {table}", output=file, format="binary")  # noqa: S608 names of this file
                started = time.perf_counter()
                told = await connection.copy_to_table(f"bare_{table}", source=file, format="binary")
                seconds += time.perf_counter() - started
            rows += int(told.split()[1])
            await connection.execute(f"drop table bare_{table}")
    finally:
        await connection.close()
    return seconds, rows
