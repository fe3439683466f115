"""From the producer's commit to the consumer's committed effect, at a steady rate.

Two databases stand for two services, each in a process of its own; relay, broker, runner and inbox are the real ones.
The way of a bare message, publish to handler, is measured in the same rounds: what the platform adds is seen beside it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractExchange

from nmo_kit.db import Database
from nmo_kit.messaging import outbox
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_testkit import probe
from nmo_testkit.postgres import settings_for
from nmo_testkit.wait import until
from nmo_testkit.workers import running_worker
from tests.bench.consumer import BARE_QUEUE, QUEUES
from tests.bench.measure import percentile
from tests.bench.result import Result
from tests.bench.servers import Servers, servers

NAME = "latency"
GOAL = 1.0
"""The limit divided by what was measured."""
LIMIT_MS = 150.0
RATE_PER_S = 300
LEAST_RATE_PER_S = 270
SECONDS = 6
BARE_SECONDS = 3
SUBJECTS = 400
BODY = b'{"what": "as long as the body of an event of ours", "filling": "' + b"x" * 500 + b'"}'
Send = Callable[[int], Awaitable[tuple[str, float]]]
"""Sends number n; returns its id and the monotonic moment from which its way is counted."""


@dataclass(frozen=True, slots=True)
class Way:
    """One round."""

    count: int
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, latencies: list[float]) -> Self:
        """Its order statistics."""
        return cls(len(latencies), percentile(latencies, 0.5), percentile(latencies, 0.99))


async def _steadily(send: Send, seconds: float) -> dict[str, float]:
    """Call `send` at the rate; returns from when each counts. Raises when the machine cannot offer the rate."""
    sent: dict[str, float] = {}

    async def one(number: int) -> None:
        identifier, moment = await send(number)
        sent[identifier] = moment

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(int(RATE_PER_S * seconds)):
            await asyncio.sleep(max(0.0, started + number / RATE_PER_S - time.monotonic()))
            group.create_task(one(number))
    rate = len(sent) / (max(sent.values()) - started)
    if rate < LEAST_RATE_PER_S:
        raise AssertionError(f"only {rate:.0f} a second were sent: the machine is too busy to say anything")
    return sent


async def _arrivals(sent: dict[str, float], log: Path) -> list[float]:
    """Milliseconds from certain to arrived, of every one; waits for the last."""

    async def all_told() -> dict[str, float] | None:
        lines = (line.split() for line in log.read_text().splitlines())  # noqa: ASYNC240 a small local file
        found = {line[0]: float(line[1]) for line in lines if len(line) == 2}
        return found if sent.keys() <= found.keys() else None

    told = await until(all_told, timeout_s=60, every_s=0.5)
    assert told is not None
    return [(told[key] - at) * 1000 for key, at in sent.items()]


def _by_outbox(database: Database) -> Send:
    subjects = [uuid4() for _ in range(SUBJECTS)]
    versions: dict[UUID, int] = {}

    async def send(number: int) -> tuple[str, float]:
        thing = subjects[number % SUBJECTS]
        versions[thing] = versions.get(thing, 0) + 1
        async with database.write() as session:
            moved = probe.ThingMovedV1(thing_id=thing, step=versions[thing])
            identifier = await outbox.add(session, moved, version=versions[thing])
        return str(identifier), time.monotonic()

    return send


def _bare(exchange: AbstractExchange) -> Send:
    async def send(_: int) -> tuple[str, float]:
        identifier, started = str(uuid4()), time.monotonic()
        message = aio_pika.Message(
            BODY, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, message_id=identifier
        )
        await exchange.publish(message, BARE_QUEUE, timeout=10)
        return identifier, started

    return send


@asynccontextmanager
async def _consuming(own: Servers, log: Path) -> AsyncIterator[None]:
    database_url = await probe.prepare(own.databases)
    environment = {
        **os.environ,
        "PROBE_DATABASE_URL": database_url,
        "PROBE_AMQP_URL": await own.broker.service_url("counter"),
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-u", "-m", "tests.bench.consumer", env=environment, stdout=output
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def run(rounds: int) -> Result:
    """Rounds of bare messages and of events by turns."""
    async with servers() as own:
        await own.broker.declare({"probe": (), "counter": QUEUES})
        async with BrokerAdmin(own.broker.admin_url) as admin:
            await admin.put_queue(own.broker.vhost, BARE_QUEUE)
        database = Database(settings_for(await probe.prepare(own.databases)))
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "told"
            async with (
                _consuming(own, log),
                running_worker("probe", database, own.broker),
                own.broker.channel() as channel,
            ):
                sides = (_bare(channel.default_exchange), _by_outbox(database))
                figures = await _rounds(sides, log, rounds)
        await database.close()
    return _result(*figures, rounds)


async def _rounds(sides: tuple[Send, Send], log: Path, rounds: int) -> tuple[list[Way], list[Way]]:
    """One short round of each before counts for nothing."""
    bare, events = sides
    ways: tuple[list[Way], list[Way]] = ([], [])
    for send in sides:
        await _arrivals(await _steadily(send, 1), log)
    for _ in range(rounds):
        ways[0].append(Way.of(await _arrivals(await _steadily(bare, BARE_SECONDS), log)))
        ways[1].append(Way.of(await _arrivals(await _steadily(events, SECONDS), log)))
    return ways


def _result(bare: list[Way], events: list[Way], rounds: int) -> Result:
    p99 = statistics.median(way.p99_ms for way in events)
    p50 = statistics.median(way.p50_ms for way in events)
    bare_p99 = statistics.median(way.p99_ms for way in bare)
    return Result(
        ratio=LIMIT_MS / p99,
        rounds=rounds,
        measured=sum(way.count for way in events),
        figures={
            "p50_ms": round(p50, 1),
            "p99_ms": round(p99, 1),
            "limit_ms": LIMIT_MS,
            "worst_round_p99_ms": round(max(way.p99_ms for way in events), 1),
            "bare_p50_ms": round(statistics.median(way.p50_ms for way in bare), 1),
            "bare_p99_ms": round(bare_p99, 1),
            "p99_to_bare": round(p99 / bare_p99, 2),
            "rate_per_s": RATE_PER_S,
        },
    )
