"""How a fault is planted without harm: in a transaction that is rolled back, in copies of files and of the history."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from nmo_kit.messaging.admin import BrokerAdmin
from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.history import History
from tests.chaos.checker.i11_leaks import search
from tests.chaos.checker.queries import TABLES
from tests.chaos.checker.snapshot import Snapshot, read_files, read_tables, read_waiting
from tests.leaks.canaries import Kind
from tests.leaks.finder import Place
from tests.leaks.places import log_places, service_places


class NothingPlantedError(AssertionError):
    """The fault found nothing to spoil: the evidence does not have what it needs."""


@dataclass(frozen=True)
class Scene:
    """Whole evidence, and the means to spoil a copy of it."""

    evidence: Evidence
    snapshot: Snapshot
    connections: Mapping[str, asyncpg.Connection]
    """An administrator's connection to each database."""
    folder: Path
    """For copies."""

    def canary(self, kind: Kind) -> str:
        """One of the planted values."""
        assert self.evidence.canaries is not None
        return min(canary.value for canary in self.evidence.canaries.of(kind))


@dataclass(frozen=True)
class Spoilt:
    """The snapshot with the fault in it, and what the alarm must name."""

    snapshot: Snapshot
    spot: str


Plant = Callable[[Scene], AbstractAsyncContextManager[Spoilt]]


@dataclass(frozen=True)
class Fault:
    """One planted fault.

    `neighbours` are invariants that the same fault breaks as well, since they hold of the same rows.
    """

    invariant: str
    what: str
    plant: Plant
    neighbours: frozenset[str] = frozenset()


@asynccontextmanager
async def scene(evidence: Evidence, snapshot: Snapshot, admin_url: str, folder: Path) -> AsyncIterator[Scene]:
    """Open everything that planting needs; `admin_url` is a database administrator's address."""
    connections: dict[str, asyncpg.Connection] = {}
    try:
        for service in TABLES:
            name = urlsplit(evidence.databases[service]).path
            address = urlunsplit(urlsplit(admin_url)._replace(path=name))
            connections[service] = await asyncpg.connect(address, timeout=10)
        yield Scene(evidence, snapshot, connections, folder)
    finally:
        for connection in connections.values():
            await connection.close()


@asynccontextmanager
async def _spoilt_database(
    scene: Scene, service: str, statement: str, without: str = ""
) -> AsyncIterator[str]:
    """Run a statement that returns the ids it spoilt; undone at the end. Yields the first id.

    Triggers, foreign keys and the named constraint are off meanwhile: what they forbid is what a fault would do.
    """
    connection = scene.connections[service]
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        await connection.execute("set local session_replication_role = replica")
        if without:
            table, _, constraint = without.partition(".")
            await connection.execute(f"alter table {table} drop constraint {constraint}")
        spoilt = await connection.fetchval(statement)
        if spoilt is None:
            raise NothingPlantedError(f"{service}: {statement}")
        yield str(spoilt)
    finally:
        await transaction.rollback()


def in_table(service: str, statement: str, spot: str = "{}", *, without: str = "") -> Plant:
    """A statement that returns an id; `spot` is what the alarm must hold, with `{}` for that id.

    `without` names a constraint, `table.name`, by which the database itself would refuse the fault.
    """

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        async with _spoilt_database(scene, service, statement, without) as spoilt:
            tables = await read_tables(scene.connections[service], service)
            yield Spoilt(scene.snapshot.with_tables(service, tables), spot.format(spoilt))

    return plant


def in_history(change: Callable[[History], tuple[History, str]]) -> Plant:
    """A changed history; `change` also tells what the alarm must name."""

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        history, spot = change(scene.snapshot.history)
        yield Spoilt(replace(scene.snapshot, history=history), spot)

    return plant


def in_files(change: Callable[[Path], str]) -> Plant:
    """A changed copy of the store; `change` tells what the alarm must name."""

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        copy = scene.folder / "files"
        shutil.copytree(scene.evidence.files_dir, copy)
        try:
            spot = change(copy)
            yield Spoilt(replace(scene.snapshot, files=read_files(copy)), spot)
        finally:
            shutil.rmtree(copy)

    return plant


def in_queue(queue: str) -> Plant:
    """A message left in a queue of the real broker; it is taken out again."""

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        vhost, properties = scene.evidence.vhost, {"delivery_mode": 2, "message_id": "planted"}
        message = {
            "routing_key": queue,
            "payload": "{}",
            "payload_encoding": "string",
            "properties": properties,
        }
        async with BrokerAdmin(scene.evidence.broker_admin_url) as admin:
            await admin.call("POST", "exchanges", vhost, "amq.default", "publish", body=message)
            try:
                waiting = await read_waiting(scene.evidence.broker_admin_url, vhost)
                yield Spoilt(replace(scene.snapshot, waiting=waiting), queue)
            finally:
                await admin.call("DELETE", "queues", vhost, queue, "contents")

    return plant


def in_log(kind: Kind) -> Plant:
    """A line with a canary in the log of a process."""

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        log = scene.folder / "cycles.log"
        log.write_text(f'{{"event":"planted","who":"{scene.canary(kind)}"}}\n', encoding="utf-8")
        try:
            yield await _searched(scene, log_places(scene.folder), "log: cycles.log")
        finally:
            log.unlink()

    return plant


def in_row(service: str, statement: str, kind: Kind, spot: str) -> Plant:
    """A canary in a database that is not its own, put there by a statement with `{}` for the value."""

    @asynccontextmanager
    async def plant(scene: Scene) -> AsyncIterator[Spoilt]:
        value = scene.canary(kind).replace("'", "''")
        async with _spoilt_database(scene, service, statement.format(value)):
            places = await service_places(scene.connections[service], service)
            yield await _searched(scene, places, spot)

    return plant


async def _searched(scene: Scene, places: list[Place], spot: str) -> Spoilt:
    leaks, searched = await search(places, scene.evidence.canaries)
    # The rest was searched when the evidence was found whole.
    everything = {**scene.snapshot.searched, **searched}
    return Spoilt(scene.snapshot.with_leaks(leaks, everything), spot)
