"""Statements as the running code sends them, with their values: what is explained or replayed is never a copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from nmo_kit.db import Database

_PLACE = re.compile(r"\$([0-9]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in PostgreSQL's own form ($1, $2 …)."""

    sql: str
    values: tuple[Any, ...]


@contextmanager
def captured(database: Database) -> Iterator[list[Statement]]:
    """Collects what goes over both engines of `database`, by SQLAlchemy or straight over asyncpg.

    Connections opened earlier are seen too only as far as SQLAlchemy sends over them: begin with a fresh `Database`.
    """
    found: list[Statement] = []
    engines: tuple[AsyncEngine, ...] = database.engines

    def by_sqlalchemy(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        # Of many rows written at once, the first one stands for all.
        found.append(Statement(statement, tuple(parameters[0] if many else parameters)))

    def by_asyncpg(record: Any) -> None:
        places = {int(number) for number in _PLACE.findall(record.query)}
        many = len(record.args) != max(places, default=0)
        found.append(Statement(record.query, tuple(record.args[0] if many else record.args)))

    def on_connect(connection: Any, _: Any) -> None:
        connection.driver_connection.add_query_logger(by_asyncpg)

    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", by_sqlalchemy)
        event.listen(engine.sync_engine.pool, "connect", on_connect)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine.sync_engine, "before_cursor_execute", by_sqlalchemy)
            event.remove(engine.sync_engine.pool, "connect", on_connect)
