"""The whole state of a system at one moment, read once; what the invariants judge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.topology import Queue
from nmo_local.system import SERVICES
from tests.chaos.checker.history import History
from tests.chaos.checker.queries import TABLES, queries_of

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
PEEKED = 2000
"""Messages looked into, per queue."""


@dataclass(frozen=True)
class Event:
    """One outbox row."""

    service: str
    position: int
    id: str
    key: str
    version: int
    type: str
    published: bool
    body: dict[str, Any] | None

    @property
    def data(self) -> dict[str, Any]:
        """The payload; only of types whose body is read."""
        assert self.body is not None, self.type
        found: dict[str, Any] = self.body["data"]
        return found

    @property
    def time(self) -> datetime:
        """When it happened; only of types whose body is read."""
        assert self.body is not None, self.type
        return datetime.fromisoformat(self.body["time"])


@dataclass(frozen=True)
class WaitingMessages:
    """A queue that is not empty."""

    queue: str
    count: int
    ids: Sequence[str]
    types: frozenset[str]
    """Routing keys they were published with; of those that were looked into."""


@dataclass(frozen=True)
class StoredFile:
    """A file of the documents' store."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Snapshot:
    """Rows by service and table, queues, files, history, and what was found leaking."""

    tables: Mapping[str, Tables]
    waiting: Sequence[WaitingMessages]
    files: Mapping[str, StoredFile]
    history: History
    leaks: Sequence[str] = ()
    searched: Mapping[str, int] = field(default_factory=dict)
    """How much was searched for leaks, by kind of place."""

    def rows(self, service: str, table: str) -> Sequence[Row]:
        """Rows of one table."""
        return self.tables[service][table]

    def by(self, service: str, table: str, column: str = "id") -> dict[Any, Row]:
        """Rows of one table by a unique column."""
        return {row[column]: row for row in self.rows(service, table)}

    @cached_property
    def events(self) -> list[Event]:
        """Every committed event of every service, each service's in order of position."""
        return [
            Event(
                service,
                row["position"],
                str(row["event_id"]),
                row["event_key"],
                row["key_version"],
                row["routing_key"],
                row["published_at"] is not None,
                orjson.loads(row["body"]) if row["body"] else None,
            )
            for service in SERVICES
            for row in self.rows(service, "outbox")
        ]

    @cached_property
    def queues(self) -> list[Queue]:
        """The consuming queues with their bindings, as the services list them, but for the witnesses of seals."""
        every = [queue for name in SERVICES for queue in import_module(f"nmo_{name}.topology").QUEUES]
        return [queue for queue in every if not queue.name.endswith(".witness")]

    def with_tables(self, service: str, tables: Tables) -> Snapshot:
        """The same moment with one service's rows read anew."""
        return replace(self, tables={**self.tables, service: tables})

    def with_leaks(self, leaks: Sequence[str], searched: Mapping[str, int]) -> Snapshot:
        """The same moment with what a search for canaries found."""
        return replace(self, leaks=leaks, searched=searched)


async def read_tables(connection: asyncpg.Connection, service: str) -> Tables:
    """Everything of one service's database that is judged."""
    return {table: await connection.fetch(query) for table, query in queries_of(service).items()}


async def read_databases(databases: Mapping[str, str]) -> dict[str, Tables]:
    """Each database at one moment of its own; the system must be at rest for them to agree."""
    found: dict[str, Tables] = {}
    for service in TABLES:
        connection = await asyncpg.connect(databases[service], timeout=10)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                found[service] = await read_tables(connection, service)
        finally:
            await connection.close()
    return found


async def read_waiting(admin_url: str, vhost: str) -> list[WaitingMessages]:
    """Queues of the services that hold messages, with the ids of some of them."""
    found = []
    async with BrokerAdmin(admin_url) as admin:
        for queue in await admin.call("GET", "queues", vhost):
            name, count = queue["name"], queue.get("messages", 0)
            # Counts of the management API are seconds old: queues that nobody drains are looked into.
            peeked = [] if queue.get("consumers", 0) else await _peek(admin, vhost, name)
            if peeked or count:
                ids = [str(item["properties"].get("message_id") or "without id") for item in peeked]
                types = frozenset(str(item["routing_key"]) for item in peeked)
                found.append(WaitingMessages(name, max(count, len(peeked)), ids, types))
    return found


async def _peek(admin: BrokerAdmin, vhost: str, queue: str) -> list[dict[str, Any]]:
    body = {"count": PEEKED, "ackmode": "ack_requeue_true", "encoding": "auto", "truncate": 1}
    found: list[dict[str, Any]] = await admin.call("POST", "queues", vhost, queue, "get", body=body)
    return found


def read_files(folder: Path) -> dict[str, StoredFile]:
    """Every file of the store with its digest, by key."""
    return {
        str(path.relative_to(folder)): StoredFile(
            hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
