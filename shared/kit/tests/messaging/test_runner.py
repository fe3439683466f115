import asyncio
import time
from contextlib import AsyncExitStack
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from yarl import URL

from nmo_kit import failpoints
from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging import Envelope, Received, consumes, runner
from nmo_kit.messaging.redrive import redrive
from nmo_kit.messaging.topology import Queue
from nmo_testkit import probe, running_worker, wait
from nmo_testkit.broker import Broker
from nmo_testkit.faults import fault_proxy
from nmo_testkit.postgres import settings_for
from nmo_testkit.probe import ThingMovedV1, ThingMovedV2, ThingPausedV1, effects


@pytest.fixture(autouse=True)
def clean_failpoints():
    yield
    failpoints.configure("")


async def has_effects(db: Database, count: int) -> bool:
    return len(await effects(db)) == count


async def break_thing(db: Database, thing: UUID, kind: str, attempts: int = 1000) -> None:
    async with db.write() as session:
        await session.execute(
            text("insert into fault (thing_id, kind, remaining) values (:id, :kind, :attempts)"),
            {"id": thing, "kind": kind, "attempts": attempts},
        )


async def mend(db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("delete from fault"))


def moved(thing: UUID | None = None, step: int = 1) -> Envelope:
    return Envelope.of(ThingMovedV1(thing_id=thing or uuid4(), step=step), version=step)


async def depth_is(broker: Broker, queue: str, depth: int) -> bool:
    return await broker.depth(queue) == depth


@pytest.mark.req("APP-08", "PAR-03")
async def test_events_flow_and_duplicates_have_one_effect(db: Database, vhost: Broker):
    event = moved()
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        for _ in range(3):
            await vhost.publish(event)
        other = moved()
        await vhost.publish(other)
        await wait.until(lambda: has_effects(db, 2))
    assert sorted(await effects(db)) == sorted((UUID(e.data["thing_id"]), 1) for e in (event, other))
    assert await vhost.depth("counter.effects") == 0


async def test_a_transient_failure_comes_back_later(db: Database, vhost: Broker):
    thing = uuid4()
    await break_thing(db, thing, "transient", attempts=2)
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        await vhost.publish(moved(thing))
        await vhost.publish(moved())
        await wait.until(lambda: has_effects(db, 2))
    assert await vhost.depth("counter.parking") == 0


async def test_a_full_pool_of_the_own_process_burns_no_attempt(
    db: Database, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    tries = 0
    plain = runner.handle

    async def counted(*arguments, **options):
        nonlocal tries
        tries += 1
        return await plain(*arguments, **options)

    async def tried_often() -> bool:
        return tries > 2 * runner.RETRIES

    monkeypatch.setattr(runner, "handle", counted)
    pool = db.engines[0].pool
    monkeypatch.setattr(pool, "_timeout", 0.02)
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        with capture_logs() as logs:
            async with AsyncExitStack() as busy:
                for _ in range(pool.size()):
                    session = await busy.enter_async_context(db.write())
                    await session.execute(text("select 1"))
                await vhost.publish(moved())
                await wait.until(tried_often)
            await wait.until(lambda: has_effects(db, 1))
    assert [line for line in logs if line["event"] in {"event_retried", "event_parked"}] == []


@pytest.mark.failure("POISON")
async def test_poison_is_parked_after_its_attempts_and_can_be_sent_back(db: Database, vhost: Broker):
    thing, event = uuid4(), moved()
    await break_thing(db, thing, "transient")
    poison = moved(thing)
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        await vhost.publish(poison)
        await vhost.publish(event)
        await wait.until(lambda: depth_is(vhost, "counter.parking", 1), timeout_s=30)
        assert await effects(db) == [(UUID(event.data["thing_id"]), 1)]
        await mend(db)
        assert await redrive(await vhost.service_url("counter"), "counter") == 1
        await wait.until(lambda: has_effects(db, 2))
    assert await vhost.depth("counter.parking") == 0


@pytest.mark.failure("POISON")
async def test_redrive_of_one_event_leaves_the_others_parked(db: Database, vhost: Broker):
    things = [uuid4() for _ in range(3)]
    for thing in things:
        await break_thing(db, thing, "permanent")
    events = [moved(thing) for thing in things]
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        for event in events:
            await publish_with_id(vhost, event)
        await wait.until(lambda: depth_is(vhost, "counter.parking", 3))
        await mend(db)
        url = await vhost.service_url("counter")
        assert await redrive(url, "counter", event_id=str(events[1].id)) == 1
        await wait.until(lambda: has_effects(db, 1))
        assert await effects(db) == [(things[1], 1)]
        await wait.until(lambda: depth_is(vhost, "counter.parking", 2))
        assert await redrive(url, "counter", event_id=str(uuid4())) == 0


async def publish_with_id(broker: Broker, event: Envelope) -> None:
    import aio_pika

    message = aio_pika.Message(
        event.to_bytes(),
        message_id=str(event.id),
        type=event.type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    async with broker.channel() as channel:
        await (await channel.get_exchange("events", ensure=False)).publish(message, event.type_name)


@pytest.mark.failure("POISON")
async def test_a_permanent_failure_is_parked_at_once(db: Database, vhost: Broker):
    thing = uuid4()
    await break_thing(db, thing, "permanent")
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        await vhost.publish(moved(thing))
        await wait.until(lambda: depth_is(vhost, "counter.parking", 1))
    assert await effects(db) == []


@pytest.mark.failure("UNKNOWN-EVENT")
async def test_unknown_majors_types_and_rubbish_are_parked_with_a_reason(db: Database, vhost: Broker):
    newer = Envelope.of(ThingMovedV2(thing_id=uuid4(), step=1), version=1)
    foreign = newer.model_copy(update={"type": "ru.nmo.probe.thing.vanished.v1"})
    invalid = moved().model_copy(update={"data": {"thing_id": "x"}})
    bodies = [newer.to_bytes(), foreign.to_bytes(), invalid.to_bytes(), b"{broken"]
    with capture_logs() as logs:
        async with running_worker("counter", db, vhost, queues=probe.queues()[:1]):
            for body in (*bodies, moved().to_bytes()):
                await vhost.publish(body, queue="counter.effects")
            await wait.until(lambda: depth_is(vhost, "counter.parking", 4))
            await wait.until(lambda: has_effects(db, 1))
    assert {bytes(message.body) for message in await vhost.take("counter.parking")} == set(bodies)
    reasons = sorted(entry["reason"] for entry in logs if entry["event"] == "event_parked")
    assert reasons == [
        "invalid envelope: json_invalid",
        "invalid payload: thing_id, step",
        "unknown event type probe.thing.vanished.v1",
        "unknown major version 2 of probe.thing.moved",
    ]


async def test_events_of_one_subject_are_handled_in_order_and_others_at_once(db: Database, vhost: Broker):
    running: set[str] = set()
    most_at_once = 0

    @consumes(ThingMovedV1, ThingPausedV1)
    async def slow(session: WriteSession, event: Received[ThingMovedV1]) -> None:
        nonlocal most_at_once
        assert event.envelope.subject not in running
        running.add(event.envelope.subject)
        most_at_once = max(most_at_once, len(running))
        await session.execute(text("select pg_sleep(0.02)"))
        await probe.on_thing_event(session, event)
        running.discard(event.envelope.subject)

    things = [uuid4() for _ in range(4)]
    async with running_worker("counter", db, vhost, queues=[Queue("counter.effects", handlers=[slow])]):
        for step in range(1, 6):
            for thing in things:
                await vhost.publish(moved(thing, step))
        await wait.until(lambda: has_effects(db, 20), timeout_s=20)
    seen = await effects(db)
    for thing in things:
        assert [step for subject, step in seen if subject == thing] == [1, 2, 3, 4, 5]
    assert most_at_once > 1


@pytest.mark.failure("OUT-OF-ORDER")
async def test_disorder_and_replay_end_in_the_newest_state(db: Database, vhost: Broker):
    thing = uuid4()
    events = [moved(thing, step) for step in (3, 1, 4, 2, 4)]
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        for event in events + events[::-1]:
            await vhost.publish(event)
        await wait.until(lambda: has_effects(db, 5))
        await wait.until(lambda: depth_is(vhost, "counter.copies", 0))

        async def newest() -> bool:
            async with db.read() as session:
                found = await session.execute(text("select step from thing_copy"))
                return found.scalar_one_or_none() == 4

        await wait.until(newest)


@pytest.mark.req("APP-08")
async def test_connections_cut_in_the_middle_change_nothing(db: Database, vhost: Broker):
    failpoints.configure("consumer.before_ack:sleep(0.1)")
    events = [moved() for _ in range(30)]
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        for number, event in enumerate(events):
            await vhost.publish(event)
            if number % 10 == 9:
                await wait.until(vhost.cut_connections)
        await wait.until(lambda: has_effects(db, 30), timeout_s=30)
        await wait.until(lambda: depth_is(vhost, "counter.effects", 0))
    assert sorted(await effects(db)) == sorted((UUID(event.data["thing_id"]), 1) for event in events)


@pytest.mark.failure("CONSUMER-DB-DOWN")
async def test_connections_of_the_pool_that_were_cut_cost_no_attempt(
    db: Database, vhost: Broker, probe_url: str, postgres_admin: str
):
    import asyncpg

    async with running_worker("counter", db, vhost, queues=probe.queues()[:1]):
        await vhost.publish(moved())
        await wait.until(lambda: has_effects(db, 1))
        admin = await asyncpg.connect(postgres_admin)
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
            urlsplit(probe_url).path[1:],
        )
        await admin.close()
        await vhost.publish(moved())
        await wait.until(lambda: _effects_despite_cuts(db, 2))
        assert await vhost.depth("counter.retry.1") == 0


async def _effects_despite_cuts(db: Database, count: int) -> bool:
    from sqlalchemy.exc import DBAPIError

    try:
        return await has_effects(db, count)
    except DBAPIError:
        return False


@pytest.mark.failure("CONSUMER-DB-DOWN")
async def test_while_the_own_database_is_down_nothing_is_taken(db: Database, vhost: Broker, probe_url: str):
    parts = urlsplit(probe_url)
    async with fault_proxy(parts.hostname or "", parts.port or 0) as proxy:
        through = Database(settings_for(probe_url.replace(f":{parts.port}/", f":{proxy.port}/")))
        async with running_worker("counter", through, vhost, queues=probe.queues()[:1]):
            await vhost.publish(moved())
            await wait.until(lambda: has_effects(db, 1))
            proxy.refuse = True
            proxy.cut()
            for _ in range(5):
                await vhost.publish(moved(), queue="counter.effects")
            await wait.until(lambda: depth_is(vhost, "counter.effects", 5), timeout_s=30)
            assert await vhost.depth("counter.parking") == 0
            proxy.refuse = False
            await wait.until(lambda: has_effects(db, 6), timeout_s=30)
        await through.close()
    assert await vhost.depth("counter.retry.1") == 0


@pytest.mark.req("APP-08")
async def test_a_link_that_breaks_again_and_again_parks_nothing(db: Database, vhost: Broker):
    """Deliveries that a broken link leaves unsettled count against the limit that is meant for poison."""
    url = URL(await vhost.service_url("counter"))
    async with fault_proxy(url.host or "", url.port or 0) as proxy:

        async def cut_eight_times() -> bool:
            proxy.cut()
            return proxy.accepted >= 8

        events = [moved() for _ in range(5)]
        for event in events:
            await vhost.publish(event)
        started = time.monotonic()
        through = str(url.with_port(proxy.port))
        async with running_worker("counter", db, vhost, queues=probe.queues()[:1], amqp_url=through):
            # Relay and runner connect four times each: 0.2, 0.4 and 0.8 seconds apart, give or take a quarter.
            await wait.until(cut_eight_times, timeout_s=60, every_s=0.05)
            assert time.monotonic() - started > 1.0
            await wait.until(lambda: has_effects(db, 5), timeout_s=60)
            await wait.until(lambda: depth_is(vhost, "counter.effects", 0), timeout_s=60)
    assert await vhost.depth("counter.parking") == 0


async def test_a_missing_queue_is_awaited(db: Database, vhost: Broker):
    late = Queue("counter.late", handlers=[probe.on_thing_event])
    async with running_worker("counter", db, vhost, queues=[late]):
        await asyncio.sleep(0)
        await vhost.declare({"counter": [late], "probe": []})
        await vhost.publish(moved(), queue="counter.late")
        await wait.until(lambda: has_effects(db, 1), timeout_s=20)


async def test_stopping_finishes_what_is_in_hand_and_returns_the_rest(db: Database, vhost: Broker):
    entered = asyncio.Event()

    @consumes(ThingMovedV1, ThingPausedV1)
    async def slow(session: WriteSession, event: Received[ThingMovedV1]) -> None:
        entered.set()
        await session.execute(text("select pg_sleep(0.3)"))
        await probe.on_thing_event(session, event)

    queue = Queue("counter.effects", handlers=[slow], prefetch=5)
    thing = uuid4()
    for step in range(1, 6):
        await vhost.publish(moved(thing, step))
    async with running_worker("counter", db, vhost, queues=[queue]):
        await entered.wait()
    done = await effects(db)
    assert done == [(thing, 1)]
    await wait.until(lambda: depth_is(vhost, "counter.effects", 4))
