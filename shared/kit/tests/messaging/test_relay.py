import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.messaging import relay, waves
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.envelope import parse
from nmo_kit.messaging.relay import Relay
from nmo_testkit import wait
from nmo_testkit.broker import Broker
from nmo_testkit.faults import fault_proxy
from nmo_testkit.probe import ThingCountedV1, ThingMovedV1, ThingPausedV1, pending, tell, tell_steps

QUEUE = "counter.effects"


@pytest.fixture(autouse=True)
def clean_failpoints():
    yield
    failpoints.configure("")


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(each.run(stop)) for each in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def make(url: str, amqp_url: str, lane: int = 0, lanes: int = 1) -> Relay:
    return Relay(service="probe", database_url=url, amqp_url=amqp_url, lane=lane, lanes=lanes)


async def nothing_pending(db: Database) -> bool:
    return await pending(db) == 0


async def arrived(broker: Broker, queue: str = QUEUE) -> dict[UUID, list[int]]:
    """Steps by thing in the order of arrival."""
    found: dict[UUID, list[int]] = {}
    for message in await broker.take(queue):
        data = parse(message.body).data
        found.setdefault(UUID(data["thing_id"]), []).append(data["step"])
    return found


@pytest.mark.req("PAR-03")
async def test_everything_is_published_once_in_order_per_subject(db: Database, probe_url: str, vhost: Broker):
    things = [uuid4() for _ in range(20)]
    await tell_steps(db, things, 10)
    async with running(make(probe_url, await vhost.service_url("probe"))):
        await wait.until(lambda: nothing_pending(db))
    assert await arrived(vhost) == {thing: list(range(1, 11)) for thing in things}


async def test_the_bytes_and_properties_are_those_of_the_envelope(
    db: Database, probe_url: str, vhost: Broker
):
    await tell(db, ThingMovedV1(thing_id=uuid4(), step=1), version=4)
    async with running(make(probe_url, vhost.url)):
        await wait.until(lambda: nothing_pending(db))
    (message,) = await vhost.take(QUEUE)
    event = parse(message.body)
    assert message.body == event.to_bytes()
    assert message.message_id == str(event.id)
    assert message.type == event.type
    assert message.correlation_id == event.correlationid
    assert message.app_id == "probe"
    assert message.content_type == "application/cloudevents+json; charset=utf-8"
    assert message.delivery_mode == 2
    assert message.headers["ce-subject"] == event.subject
    assert message.headers["ce-subjectversion"] == 4


async def test_a_commit_wakes_the_relay_before_the_poll(
    db: Database, probe_url: str, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "POLL_S", 60.0)
    woken = make(probe_url, vhost.url)
    db.after_commit(woken.wake)
    stop = asyncio.Event()
    task = asyncio.create_task(woken.run(stop))
    for step in (1, 2):
        await tell(db, ThingMovedV1(thing_id=uuid4(), step=step))
        await wait.until(lambda: nothing_pending(db), timeout_s=5)
    stop.set()
    woken.wake()
    await task


async def _refuse(broker: Broker, event: type[EventPayload]) -> str:
    """A full queue bound to one event type: the broker nacks every publish of that type."""
    name = "counter.full"
    async with BrokerAdmin(broker.admin_url) as admin:
        full = {"max-length": 1, "overflow": "reject-publish"}
        await admin.put_policy(broker.vhost, "full", pattern="^counter.full$", definition=full, priority=10)
        await admin.put_queue(broker.vhost, name)
        await admin.bind(broker.vhost, "events", name, keys={event.type_name})
    await broker.fill(name)
    return name


@pytest.mark.req("PAR-03")
@pytest.mark.failure("NACKED")
async def test_a_nack_in_the_middle_stops_its_subject_only(db: Database, probe_url: str, vhost: Broker):
    full = await _refuse(vhost, ThingPausedV1)
    stuck, free = uuid4(), uuid4()
    await tell(db, ThingMovedV1(thing_id=stuck, step=1), version=1)
    await tell(db, ThingPausedV1(thing_id=stuck, step=2), version=2)
    await tell(db, ThingMovedV1(thing_id=stuck, step=3), version=3)
    await tell_steps(db, [free], 3)
    async with running(make(probe_url, vhost.url)):

        async def only_the_stuck_wait() -> bool:
            async with db.read() as session:
                found = await session.execute(
                    text(
                        "select attempts, last_error from outbox where published_at is null order by position"
                    )
                )
                rows = found.all()
                return [row.attempts > 0 for row in rows] == [True, False]

        await wait.until(only_the_stuck_wait)
        # A nacked publish may have reached the queues that had room: the subject's own order still holds.
        seen = await arrived(vhost)
        assert seen[free] == [1, 2, 3]
        assert set(seen[stuck]) == {1, 2}
        async with BrokerAdmin(vhost.admin_url) as admin:
            await admin.delete_queue(vhost.vhost, full)
        await wait.until(lambda: nothing_pending(db), timeout_s=20)
    assert (await arrived(vhost))[stuck] == [2, 3]


@pytest.mark.failure("TWO-LEADERS")
async def test_two_relays_of_one_lane_publish_everything_once(db: Database, probe_url: str, vhost: Broker):
    things = [uuid4() for _ in range(10)]
    await tell_steps(db, things, 5)
    async with running(make(probe_url, vhost.url), make(probe_url, vhost.url)):
        await tell_steps(db, things, 5)
        await wait.until(lambda: nothing_pending(db))
    steps = [*range(1, 6), *range(1, 6)]
    assert await arrived(vhost) == dict.fromkeys(things, steps)


@pytest.mark.failure("TWO-LEADERS")
async def test_another_relay_takes_over_when_the_leader_loses_its_session(
    db: Database, probe_url: str, postgres_admin: str, vhost: Broker
):
    async with running(make(probe_url, vhost.url), make(probe_url, vhost.url)):
        await tell_steps(db, [uuid4()], 3)
        await wait.until(lambda: nothing_pending(db))
        admin = await asyncpg.connect(postgres_admin)
        killed = await admin.fetchval(
            "select count(pg_terminate_backend(l.pid)) from pg_locks l join pg_database d on d.oid = l.database"
            " where l.locktype = 'advisory' and l.granted and d.datname = $1",
            urlsplit(probe_url).path[1:],
        )
        await admin.close()
        assert killed == 1
        await tell_steps(db, [uuid4()], 3)
        await wait.until(lambda: nothing_pending(db))
    assert sorted(map(len, (await arrived(vhost)).values())) == [3, 3]


async def test_lanes_share_the_subjects_between_them(db: Database, probe_url: str, vhost: Broker):
    things = [uuid4() for _ in range(12)]
    await tell_steps(db, things, 4)
    async with running(make(probe_url, vhost.url, 0, 2)):
        await wait.until(lambda: _pending_lanes_are(db, {1}))
        async with running(make(probe_url, vhost.url, 1, 2)):
            await wait.until(lambda: nothing_pending(db))
    assert await arrived(vhost) == {thing: [1, 2, 3, 4] for thing in things}


async def _pending_lanes_are(db: Database, lanes: set[int]) -> bool:
    async with db.read() as session:
        found = await session.execute(text("select distinct lane % 2 from outbox where published_at is null"))
        return set(found.scalars()) == lanes


@pytest.mark.req("APP-08", "PAR-03")
@pytest.mark.failure("CONFIRM-LOST")
async def test_connections_cut_in_the_middle_lose_nothing(db: Database, probe_url: str, vhost: Broker):
    things = [uuid4() for _ in range(10)]
    failpoints.configure("relay.before_mark:sleep(0.05)")
    async with running(make(probe_url, await vhost.service_url("probe"))):
        writing = asyncio.create_task(tell_steps(db, things, 20))
        for _ in range(4):
            await wait.until(vhost.cut_connections, timeout_s=15)
        await writing
        await wait.until(lambda: nothing_pending(db), timeout_s=30)
    seen = await arrived(vhost)
    assert set(seen) == set(things)
    for steps in seen.values():
        assert first_occurrences(steps) == list(range(1, 21))


def first_occurrences(steps: list[int]) -> list[int]:
    return list(dict.fromkeys(steps))


@pytest.mark.failure("CONFIRM-LOST")
async def test_a_silent_broker_times_out_and_is_left(
    db: Database, probe_url: str, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waves, "PUBLISH_TIMEOUT_S", 0.3)
    parts = urlsplit(vhost.url)
    async with fault_proxy(parts.hostname or "", parts.port or 0) as proxy:
        through = vhost.url.replace(f":{parts.port}/", f":{proxy.port}/")
        async with running(make(probe_url, through)):
            await tell_steps(db, [uuid4()], 1)
            await wait.until(lambda: nothing_pending(db))
            proxy.black_hole = True
            thing = uuid4()
            await tell_steps(db, [thing], 3)

            async def noted() -> bool:
                async with db.read() as session:
                    return bool(
                        (await session.execute(text("select max(attempts) from outbox"))).scalar_one()
                    )

            await wait.until(noted)
            proxy.black_hole = False
            await wait.until(lambda: nothing_pending(db), timeout_s=30)
    assert first_occurrences((await arrived(vhost))[thing]) == [1, 2, 3]


@pytest.mark.failure("BROKER-DOWN")
async def test_a_broker_that_is_down_keeps_events_in_the_outbox_without_blaming_them(
    db: Database, probe_url: str, vhost: Broker
):
    parts = urlsplit(vhost.url)
    async with fault_proxy(parts.hostname or "", parts.port or 0) as proxy:
        proxy.refuse = True
        through = vhost.url.replace(f":{parts.port}/", f":{proxy.port}/")
        async with running(make(probe_url, through)):
            await tell_steps(db, [uuid4()], 3)

            async def tried() -> bool:
                return proxy.accepted >= 2

            await wait.until(tried)
            assert await pending(db) == 3
            proxy.refuse = False
            await wait.until(lambda: nothing_pending(db), timeout_s=20)
    async with db.read() as session:
        assert (await session.execute(text("select max(attempts) from outbox"))).scalar_one() == 0


@pytest.mark.failure("NACKED")
async def test_a_forged_event_is_refused_and_does_not_stop_the_others(
    db: Database, probe_url: str, vhost: Broker
):
    things = [uuid4() for _ in range(5)]
    await tell_steps(db, things[:2], 2)
    await tell(db, ThingCountedV1(thing_id=uuid4(), step=1))
    await tell_steps(db, things[2:], 2)
    async with running(make(probe_url, await vhost.service_url("probe"))):

        async def one_left() -> bool:
            return await pending(db) == 1

        await wait.until(one_left, timeout_s=30)
        async with db.read() as session:
            row = (await session.execute(text("select * from outbox where published_at is null"))).one()
    assert row.routing_key == "counter.thing.counted.v1"
    assert "ACCESS_REFUSED" in row.last_error
    seen = await arrived(vhost)
    assert {thing: first_occurrences(steps) for thing, steps in seen.items()} == {
        thing: [1, 2] for thing in things
    }
    assert await vhost.depth("events.unrouted") == 0


async def test_a_long_backlog_costs_no_more_than_a_batch(db: Database):
    async with db.write() as session:
        await session.execute(
            text(
                "insert into outbox (event_id, event_key, key_version, lane, routing_key, body, published_at)"
                " select gen_random_uuid(), 'thing/' || i % 3000, 1, i % 64, 'probe.thing.moved.v1', '',"
                " case when i <= 20000 then now() end from generate_series(1, 40000) as i"
            )
        )
        await session.execute(text("analyze outbox"))
        query = (
            relay._PENDING.replace("$1", "array(select generate_series(0, 63))")
            .replace("$2", "200")
            .replace("$3", "'{}'")
        )
        found = await session.execute(text("explain (analyze, timing off) " + query.replace(":", "\\:")))
        plan = "\n".join(found.scalars())
    assert "Sort  (" not in plan
    assert "Bitmap" not in plan
    assert "rows=20000" not in plan
