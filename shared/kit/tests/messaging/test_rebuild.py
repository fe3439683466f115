from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_kit.db import Database
from nmo_kit.messaging import outbox
from nmo_kit.messaging.rebuild import rebuild
from nmo_testkit import probe, running_worker, wait
from nmo_testkit.broker import Broker
from nmo_testkit.postgres import Databases, settings_for
from nmo_testkit.probe import ThingMovedV1, ThingPausedV1

TYPES = [ThingMovedV1.type_name, ThingPausedV1.type_name]


@pytest.fixture
async def producer_url(databases: Databases):
    url = await probe.prepare(databases)
    yield url
    await databases.drop(url)


@pytest.fixture
async def producer(producer_url: str):
    database = Database(settings_for(producer_url))
    yield database
    await database.close()


async def copy_of(db: Database) -> list[tuple[object, ...]]:
    async with db.read() as session:
        found = await session.execute(
            text("select thing_id, step, version from thing_copy order by thing_id")
        )
        return [tuple(row) for row in found]


async def write_history(producer: Database) -> int:
    things = [uuid4() for _ in range(10)]
    for step in range(1, 6):
        async with producer.write() as session:
            for thing in things:
                kind = ThingPausedV1 if step == 3 else ThingMovedV1
                await outbox.add(session, kind(thing_id=thing, step=step), version=step)
    return len(things) * 5


async def test_a_lost_copy_is_rebuilt_to_the_same_state(
    db: Database, producer: Database, probe_url: str, producer_url: str, vhost: Broker
):
    count = await write_history(producer)
    queue = probe.queues()[1]

    async def settled() -> bool:
        copies = await copy_of(db)
        return len(copies) == 10 and all(row[1] == 5 for row in copies) and await vhost.depth(queue.name) == 0

    async with (
        running_worker("probe", producer, vhost),
        running_worker("counter", db, vhost, queues=[queue]),
    ):
        await wait.until(settled, timeout_s=20)
        before = await copy_of(db)
        async with db.write() as session:
            await session.execute(text("truncate thing_copy"))
        url = await vhost.service_url("counter")
        repeated = await rebuild(producer_url, url, queue.name, types=TYPES)
        assert repeated == count
        # The inbox knows them all: without its consent a replay changes nothing.
        await wait.until(lambda: _is_empty(vhost, queue.name))
        assert await copy_of(db) == []
        assert await rebuild(producer_url, url, queue.name, types=TYPES, consumer_url=probe_url) == count
        await wait.until(settled, timeout_s=20)
    assert await copy_of(db) == before


async def _is_empty(broker: Broker, queue: str) -> bool:
    return await broker.depth(queue) == 0


@pytest.mark.failure("UNROUTED")
async def test_only_the_range_and_the_types_asked_for(producer: Database, producer_url: str, vhost: Broker):
    await write_history(producer)
    url, queue = await vhost.service_url("counter"), "counter.copies"
    now = datetime.now(UTC)
    assert await rebuild(producer_url, url, queue, types=TYPES) == 0, "unpublished events are the relay's"
    async with producer.write() as session:
        await session.execute(text("update outbox set published_at = now()"))
    assert await rebuild(producer_url, url, queue, types=[ThingPausedV1.type_name]) == 10
    assert await rebuild(producer_url, url, queue, types=TYPES, until=now - timedelta(days=1)) == 0
    assert await rebuild(producer_url, url, queue, types=TYPES, since=now + timedelta(days=1)) == 0
    assert await vhost.depth(queue) == 10
    assert await vhost.depth("counter.effects") == 0
