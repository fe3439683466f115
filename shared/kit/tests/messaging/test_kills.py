"""SIGKILL between each two steps: nothing lost, nothing done twice."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nmo_kit.db import Database
from nmo_kit.messaging import Envelope
from nmo_kit.messaging.envelope import parse
from nmo_testkit import wait
from nmo_testkit.broker import Broker
from nmo_testkit.probe import ThingMovedV1

STEPS = 4


@asynccontextmanager
async def process(url: str, amqp_url: str, failpoint: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """The probe's worker in a process of its own; killed at the end if it still runs."""
    env = {
        **os.environ,
        "PROBE_SERVICE": "counter",
        "PROBE_DATABASE_URL": url,
        "PROBE_AMQP_URL": amqp_url,
        "NMO_FAILPOINT": failpoint,
    }
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nmo_testkit.probe", env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def effects(db: Database) -> Counter[UUID]:
    async with db.read() as session:
        return Counter((await session.execute(text("select event_id from effect"))).scalars())


async def all_done(db: Database, count: int) -> bool:
    async with db.read() as session:
        query = (
            "select (select count(*) from effect), (select count(*) from outbox where published_at is null)"
        )
        done, pending = (await session.execute(text(query))).one()
        return bool(done >= count and pending == 0)


async def publish_steps(broker: Broker, things: int) -> list[Envelope]:
    subjects = [uuid4() for _ in range(things)]
    events = [
        Envelope.of(ThingMovedV1(thing_id=thing, step=step), version=step)
        for step in range(1, STEPS + 1)
        for thing in subjects
    ]
    for event in events:
        await broker.publish(event, queue="counter.effects")
    return events


async def check(db: Database, broker: Broker, events: list[Envelope]) -> int:
    """Each event one effect; each effect's own event published at least once; returns the duplicates."""
    seen = await effects(db)
    assert seen == Counter(event.id for event in events), "effects are exactly the events, each once"
    told = [parse(message.body) for message in await broker.take("events.unrouted")]
    assert Counter(event.causationid for event in told).keys() == seen.keys(), "no event is lost"
    first_times: dict[str, list[int]] = {}
    known: set[UUID] = set()
    for event in told:
        if event.id not in known:
            known.add(event.id)
            first_times.setdefault(event.subject, []).append(event.data["step"])
    for steps in first_times.values():
        assert steps == list(range(1, STEPS + 1)), "the order of each subject holds"
    return len(told) - len(known)


@pytest.mark.req("APP-08", "PAR-03", "OPS-03")
@pytest.mark.parametrize(
    "point",
    [
        "handler.before_commit",
        "db.before_commit",
        "db.after_commit",
        "consumer.before_ack",
        "relay.before_publish",
        "relay.before_mark",
    ],
)
@pytest.mark.failure("RELAY-KILLED", "CONSUMER-KILLED")
async def test_a_kill_at_any_point_neither_loses_nor_repeats(
    db: Database, probe_url: str, vhost: Broker, point: str
):
    url = await vhost.service_url("counter")
    events = await publish_steps(vhost, 5)
    # One batch may hold everything, so the relay's points are sure to be met once only.
    when = 1 if point.startswith("relay.") else 3
    async with process(probe_url, url, f"{point}:kill@{when}") as dying:
        assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    async with process(probe_url, url):
        await wait.until(lambda: all_done(db, len(events)), timeout_s=30)
    duplicates = await check(db, vhost, events)
    if point == "relay.before_mark":
        assert duplicates > 0, "what was confirmed but not marked is published again"


@pytest.mark.req("APP-08")
@pytest.mark.failure("CONSUMER-KILLED")
async def test_a_kill_between_the_retry_copy_and_the_ack_repeats_nothing(
    db: Database, probe_url: str, vhost: Broker
):
    url = await vhost.service_url("counter")
    events = await publish_steps(vhost, 1)
    thing = UUID(events[0].data["thing_id"])
    async with db.write() as session:
        await session.execute(
            text("insert into fault (thing_id, kind, remaining) values (:id, 'transient', 1000)"),
            {"id": thing},
        )
    async with process(probe_url, url, "consumer.before_retry_ack:kill@1") as dying:
        assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    async with db.write() as session:
        await session.execute(text("delete from fault"))
    async with process(probe_url, url):
        await wait.until(lambda: all_done(db, len(events)), timeout_s=30)

        async def nothing_left() -> bool:
            queues = ("counter.effects", "counter.retry.1", "counter.retry.2")
            return sum([await vhost.depth(queue) for queue in queues]) == 0

        await wait.until(nothing_left)
    assert await effects(db) == Counter(event.id for event in events)
    assert await vhost.depth("counter.parking") == 0


@pytest.mark.req("APP-08", "OPS-03")
@pytest.mark.failure("RELAY-KILLED", "CONSUMER-KILLED")
async def test_random_kills_under_load(db: Database, probe_url: str, vhost: Broker):
    url = await vhost.service_url("counter")
    events = await publish_steps(vhost, 40)
    points = ("handler.before_commit", "db.after_commit", "consumer.before_ack", "relay.before_mark")
    failpoints = ",".join(f"{point}:kill@4%" for point in points)
    for _ in range(3):
        async with process(probe_url, url, failpoints) as dying:
            if await all_done(db, len(events)):
                break
            assert await asyncio.wait_for(dying.wait(), 60) == -signal.SIGKILL
    async with process(probe_url, url):
        await wait.until(lambda: all_done(db, len(events)), timeout_s=60)
    await check(db, vhost, events)
