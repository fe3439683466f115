"""A tiny producer and consumer with tables of their own, to test the messaging of the kit by itself.

`python -m nmo_testkit.probe` runs their worker in a process of its own, which failpoints may kill: addresses come from
PROBE_DATABASE_URL, PROBE_AMQP_URL and PROBE_SERVICE.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from pydantic import SecretStr
from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging import Permanent, Received, Transient, consumes, outbox
from nmo_kit.messaging.tables import MESSAGING_DDL
from nmo_kit.messaging.topology import Queue
from nmo_kit.messaging.worker import Worker
from nmo_kit.migrate import APP_NOW_DDL
from nmo_testkit.broker import FAST_LEVELS
from nmo_testkit.postgres import Databases, settings_for

TABLES = (
    # No uniqueness: a second effect of one event shall be seen, not prevented.
    "create table effect (number bigserial primary key, event_id uuid not null, subject text not null, step int not null)",
    "create table thing_copy (thing_id uuid primary key, step int not null, version int not null)",
    "create table fault (thing_id uuid primary key, kind text not null, remaining int not null)",
)


class _ThingEvent(EventPayload):
    subject_field: ClassVar[str] = "thing_id"
    subject_kind: ClassVar[str] = "thing"

    thing_id: UUID
    step: int


class ThingMovedV1(_ThingEvent):
    """A thing made a step."""

    type_name: ClassVar[str] = "probe.thing.moved.v1"


class ThingMovedV2(_ThingEvent):
    """The same fact in a major version that nobody here reads."""

    type_name: ClassVar[str] = "probe.thing.moved.v2"


class ThingPausedV1(_ThingEvent):
    """A thing rests."""

    type_name: ClassVar[str] = "probe.thing.paused.v1"


class ThingCountedV1(_ThingEvent):
    """The consumer's own event about what it did, to follow a flow."""

    type_name: ClassVar[str] = "counter.thing.counted.v1"


@consumes(ThingMovedV1, ThingPausedV1)
async def on_thing_event(session: WriteSession, event: Received[Any]) -> None:
    """Write the effect and tell it on; fails as the table `fault` says."""
    row = {"event_id": event.envelope.id, "subject": event.envelope.subject, "step": event.data.step}
    await session.execute(
        text("insert into effect (event_id, subject, step) values (:event_id, :subject, :step)"), row
    )
    await outbox.add(
        session,
        ThingCountedV1(thing_id=event.data.thing_id, step=event.data.step),
        version=event.envelope.subjectversion,
        causation=event.envelope,
    )
    await _fail_if_told(session, event.data.thing_id)


@consumes(ThingMovedV1, ThingPausedV1, skip_stale=True)
async def on_thing_copied(session: WriteSession, event: Received[Any]) -> None:
    """Keep a copy of the newest state."""
    row = {"id": event.data.thing_id, "step": event.data.step, "version": event.envelope.subjectversion}
    await session.execute(
        text(
            "insert into thing_copy (thing_id, step, version) values (:id, :step, :version)"
            " on conflict (thing_id) do update set step = excluded.step, version = excluded.version"
        ),
        row,
    )


async def _fail_if_told(session: WriteSession, thing_id: UUID) -> None:
    found = await session.execute(
        text("select kind, remaining from fault where thing_id = :id"), {"id": thing_id}
    )
    fault = found.one_or_none()
    if fault is None:
        return
    if fault.kind == "permanent":
        raise Permanent("the thing is broken for good")
    # The count cannot go down in this transaction, which is rolled back: the sequence of effects counts attempts.
    attempts = (await session.execute(text("select last_value from effect_number_seq"))).scalar_one()
    if attempts <= fault.remaining:
        raise Transient("the thing is not ready")


def queues(consumer: str = "counter") -> list[Queue]:
    """The consumer's queues."""
    return [
        Queue(f"{consumer}.effects", handlers=[on_thing_event]),
        Queue(f"{consumer}.copies", handlers=[on_thing_copied]),
    ]


async def tell(database: Database, *payloads: EventPayload, version: int = 1) -> list[UUID]:
    """Write events into the outbox in one transaction; their ids."""
    async with database.write() as session:
        return [await outbox.add(session, payload, version=version) for payload in payloads]


async def tell_steps(database: Database, things: Sequence[UUID], steps: int) -> list[UUID]:
    """Steps 1 … n of each thing, a transaction per step."""
    told: list[UUID] = []
    for step in range(1, steps + 1):
        told += await tell(
            database, *(ThingMovedV1(thing_id=thing, step=step) for thing in things), version=step
        )
    return told


async def pending(database: Database) -> int:
    """Events that wait to be published."""
    async with database.read() as session:
        query = text("select count(*) from outbox where published_at is null")
        return int((await session.execute(query)).scalar_one())


async def effects(database: Database) -> list[tuple[UUID, int]]:
    """What the consumer did, in its order: thing and step."""
    async with database.read() as session:
        found = await session.execute(text("select subject, step from effect order by number"))
        return [(UUID(row.subject.partition("/")[2]), row.step) for row in found]


async def prepare(databases: Databases) -> str:
    """Address of a new database with the kit's tables and the probe's own."""
    url = await databases.empty("probe")
    connection = await asyncpg.connect(url)
    try:
        for statement in (APP_NOW_DDL, *MESSAGING_DDL, *TABLES):
            await connection.execute(statement)
    finally:
        await connection.close()
    return url


async def main() -> None:
    """Run the worker until killed."""
    service = os.environ["PROBE_SERVICE"]
    settings = settings_for(
        os.environ["PROBE_DATABASE_URL"], amqp_url=SecretStr(os.environ["PROBE_AMQP_URL"])
    )
    worker = Worker(
        service=service,
        settings=settings,
        database=Database(settings),
        queues=queues() if service == "counter" else (),
        levels=FAST_LEVELS,
    )
    await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())
