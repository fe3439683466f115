"""Plans of captured statements: which of them read a big table from one end to the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for
from tests.size.capture import Statement, captured

Ask = Callable[[Database], Any]
"""Calls the service's own query functions, one after another."""
SOME, FEW = 5, 8000
"""A scan of less than this part of a table, or of so few rows, was stopped by the statement's own limit."""
_NEVER = float("inf")
_EXPLAINED = re.compile(r"\s*(select|with|update|delete|insert)\b", re.IGNORECASE)
_BIG = """
select c.relname, c.reltuples::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = 'public' and c.reltuples >= $1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and what reads too much."""

    statements: int
    big_tables: dict[str, int]
    faults: tuple[str, ...]
    slowest_ms: float

    def check(self) -> None:
        """Raises AssertionError for a full read of a big table, and when there was nothing to look at."""
        if not self.statements or not self.big_tables:
            raise AssertionError(f"nothing was looked at: {self}")
        if self.faults:
            raise AssertionError("\n\n".join(self.faults))


async def judge(url: str, ask: Ask, *, big: int) -> Verdict:
    """Ask, then explain everything that was sent. `big` is the number of rows from which a full read is a fault."""
    database = Database(settings_for(url))
    try:
        with captured(database) as statements:
            await ask(database)
    finally:
        await database.close()
    wanted = [statement for statement in statements if _EXPLAINED.match(statement.sql)]
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        tables = dict(await connection.fetch(_BIG, big))
        found = [await _explain(connection, statement, tables) for statement in wanted]
    finally:
        await connection.close()
    faults = tuple(fault for faults, _ in found for fault in faults)
    return Verdict(len(wanted), tables, faults, round(max((ms for _, ms in found), default=0.0), 1))


async def _explain(
    connection: asyncpg.Connection, statement: Statement, big: dict[str, int]
) -> tuple[Sequence[str], float]:
    """Executed for its real time, and undone."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        text = await connection.fetchval(f"explain (analyze, format json) {statement.sql}", *statement.values)
    finally:
        await transaction.rollback()
    plan = orjson.loads(text)[0]
    faults = [
        f"reads the whole of {node['Relation Name']}: {' '.join(statement.sql.split())[:600]}"
        for node in _nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan"
        and _rows_read(node) > big.get(node["Relation Name"], _NEVER) / SOME
    ]
    return faults, float(plan["Execution Time"])


def _rows_read(node: dict[str, Any]) -> float:
    """What the scan really went through: one that a limit stops early (counts up to 1 000) reads little."""
    read: float = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return read


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
