"""The outbox relay with order per aggregate against aio-pika's own pipelined confirms of the same messages.

Both send the same rows to the same quorum queue, persistent and confirmed, from one process. The relay also reads the
rows, keeps at most one event of an aggregate in flight and marks what was confirmed; its rival only gathers publishes
in batches of the relay's size. A third side shows the limit: the plainest outbox there can be, which reads a batch, has
it published as the rival does and marks it, without order per aggregate, retries or metrics (`limit_by_outbox`).
"""

from __future__ import annotations

import asyncio
import random
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid5

import aio_pika
import asyncpg
import orjson
from aio_pika.abc import AbstractExchange

from nmo_contracts.base import PREFIX
from nmo_kit.ids import uuid7
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.envelope import CONTENT_TYPE, Envelope
from nmo_kit.messaging.outbox import SLOTS
from nmo_kit.messaging.relay import BATCH, Relay
from nmo_kit.messaging.topology import EVENTS, Queue
from nmo_kit.messaging.waves import PUBLISHED
from nmo_testkit import probe
from tests.bench.measure import Sample, Side, interleave, median_ratio
from tests.bench.result import Result
from tests.bench.servers import servers

NAME = "relay"
GOAL = 0.9
EVENTS_A_ROUND = 4000
AGGREGATES = 1000
SERVICE = "probe"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
"""As a request leaves it without an exporter: ids travel, nothing is recorded."""
QUEUE = "counter.effects"
_NAMESPACE = UUID("6b3fbb0e-50f4-4b6e-9c4b-6ab3a5d0f9c1")
_COLUMNS = ("event_id", "event_key", "key_version", "lane", "routing_key", "body", "headers")
PLAIN = "create table plain_outbox (like outbox including all)"
_PLAIN_PENDING = """
select position, created_at, event_id, event_key, key_version, lane, routing_key, body, headers
from plain_outbox where published_at is null order by position limit $1
"""
_PLAIN_MARK = "update plain_outbox set published_at = clock_timestamp() where position = any($1::bigint[])"
Row = tuple[UUID, str, int, int, str, bytes, str]


def rows() -> list[Row]:
    """Events of many aggregates in the order in which their transactions would have committed: mixed, each in turn."""
    dice = random.Random(20_160_101)
    order = [n for n in range(AGGREGATES) for _ in range(EVENTS_A_ROUND // AGGREGATES)]
    dice.shuffle(order)
    seen: dict[int, int] = {}
    return [_row(number, seen) for number in order]


def _row(number: int, seen: dict[int, int]) -> Row:
    thing, version = uuid5(_NAMESPACE, str(number)), seen.get(number, 0) + 1
    seen[number] = version
    event = Envelope.of(probe.ThingMovedV1(thing_id=thing, step=version), version=version, event_id=uuid7())
    headers = orjson.dumps({"traceparent": TRACEPARENT, "correlationid": event.correlationid}).decode()
    lane = zlib.crc32(event.subject.encode()) % SLOTS
    return (event.id, event.subject, version, lane, event.type_name, event.to_bytes(), headers)


def _published() -> float:
    return PUBLISHED.labels(SERVICE)._value.get()


async def _write(database: asyncpg.Connection, events: Sequence[Row], table: str = "outbox") -> None:
    async with database.transaction():
        await database.copy_records_to_table(table, records=events, columns=_COLUMNS)


async def _drain() -> int:
    """Wait for the relay by its own counter: asking the database would slow it."""
    target = _published() + EVENTS_A_ROUND
    while _published() < target:  # noqa: ASYNC110 a counter signals nothing
        await asyncio.sleep(0.002)
    return EVENTS_A_ROUND


async def _gather(exchange: AbstractExchange, events: Sequence[Row]) -> int:
    """Publish the rows in gathers of the relay's batch size."""
    for start in range(0, len(events), BATCH):
        await _publish(exchange, events[start : start + BATCH])
    return len(events)


async def _publish(exchange: AbstractExchange, batch: Sequence[Row]) -> None:
    """All at once, with the properties that the relay gives them."""
    moment = time.time()
    await asyncio.gather(
        *(
            exchange.publish(
                aio_pika.Message(
                    body,
                    content_type=CONTENT_TYPE,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                    message_id=str(event_id),
                    correlation_id=str(event_id),
                    type=PREFIX + routing_key,
                    app_id=SERVICE,
                    timestamp=moment,
                    headers={"ce-subject": key, "ce-subjectversion": version, "traceparent": TRACEPARENT},
                ),
                routing_key,
                mandatory=False,
            )
            for event_id, key, version, _, routing_key, body, _ in batch
        )
    )


async def _plain(database: asyncpg.Connection, exchange: AbstractExchange) -> int:
    """The plainest outbox: read a batch, publish it, mark it."""
    count = 0
    while found := await database.fetch(_PLAIN_PENDING, BATCH):
        await _publish(exchange, [tuple(row)[2:] for row in found])
        await database.execute(_PLAIN_MARK, [row["position"] for row in found])
        count += len(found)
    return count


@asynccontextmanager
async def _relaying(url: str, amqp_url: str) -> AsyncIterator[Relay]:
    relay = Relay(service=SERVICE, database_url=url, amqp_url=amqp_url)
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        relay.wake()
        await running


async def run(rounds: int) -> Result:
    """Interleave both over one broker; the queue is emptied before each round."""
    async with servers() as own:
        url = await probe.prepare(own.databases)
        await own.broker.declare({"probe": (), "counter": [Queue(QUEUE, handlers=[probe.on_thing_event])]})
        amqp_url = await own.broker.service_url(SERVICE)
        database = await asyncpg.connect(url)
        await database.execute(PLAIN)
        # As the relay's own connection.
        await database.execute("set synchronous_commit = off")
        connection = await aio_pika.connect(amqp_url)
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.get_exchange(EVENTS, ensure=False)
        async with _relaying(url, amqp_url) as relay, BrokerAdmin(own.broker.admin_url) as admin:
            events: list[Row] = []

            async def empty() -> None:
                await admin.call("DELETE", "queues", own.broker.vhost, QUEUE, "contents")
                events[:] = rows()

            async def fill() -> None:
                await empty()
                await _write(database, events)
                relay.wake()

            async def fill_plain() -> None:
                await empty()
                await _write(database, events, "plain_outbox")

            sides = {
                "outbox": Side(lambda: _plain(database, exchange), fill_plain),
                "gather": Side(lambda: _gather(exchange, events), empty),
                "relay": Side(_drain, fill),
            }
            samples = await interleave(sides, rounds=rounds)
        await _check(database, samples["relay"])
        await connection.close()
        await database.close()
    return _result(samples, rounds)


async def _check(database: asyncpg.Connection, sample: Sample) -> None:
    """The figure counts only if the relay did its whole duty."""
    left = await database.fetchval("select count(*) from outbox where published_at is null")
    done = await database.fetchval("select count(*) from outbox where published_at is not null")
    if left or done < sample.operations:
        raise AssertionError(f"the relay left {left} events and published {done} of {sample.operations}")


def _result(samples: dict[str, Sample], rounds: int) -> Result:
    relay, gather, outbox = samples["relay"], samples["gather"], samples["outbox"]
    return Result(
        ratio=median_ratio(relay, gather),
        rounds=rounds,
        measured=relay.operations,
        figures={
            "relay_events_per_s": round(relay.rate),
            "gather_events_per_s": round(gather.rate),
            "outbox_events_per_s": round(outbox.rate),
            "limit_by_outbox": round(median_ratio(outbox, gather), 3),
            "share_of_limit": round(median_ratio(relay, outbox), 3),
            "relay_cpu_us": round(relay.cpu, 1),
            "gather_cpu_us": round(gather.cpu, 1),
            "cpu_ratio": round(gather.cpu / relay.cpu, 3),
            "relay_machine_us": round(relay.machine, 1),
            "gather_machine_us": round(gather.machine, 1),
            "machine_ratio": round(gather.machine / relay.machine, 3),
            "relay_busy": round(relay.busy, 2),
            "gather_busy": round(gather.busy, 2),
            "aggregates": AGGREGATES,
            "batch": BATCH,
        },
    )
