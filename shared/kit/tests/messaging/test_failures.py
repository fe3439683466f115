"""Rows of the failure matrix that ask for more than one part at once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from structlog.testing import capture_logs

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.messaging import Envelope, relay, waves
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.envelope import parse
from nmo_kit.messaging.rebuild import rebuild
from nmo_kit.messaging.tables import MAINTENANCE_SQL
from nmo_testkit import deliver, probe, running_worker, wait
from nmo_testkit.broker import Broker
from nmo_testkit.faults import fault_proxy
from nmo_testkit.probe import ThingMovedV1, ThingPausedV1

QUEUE = "counter.effects"


@pytest.fixture(autouse=True)
def clean_failpoints():
    yield
    failpoints.configure("")


def gauge(name: str, service: str = "probe") -> float:
    return REGISTRY.get_sample_value(name, {"service": service, "lane": "0"}) or 0.0


async def upkeep(db: Database) -> None:
    """What the worker does once a day."""
    for statement in MAINTENANCE_SQL:
        async with db.write() as session:
            await session.execute(text(statement))


async def partition(db: Database, table: str, column: str, month: datetime) -> None:
    async with db.write() as session:
        await session.execute(
            text("select kit_ensure_partition(:table, :column, cast(:month as date))"),
            {"table": table, "column": column, "month": month.date()},
        )


async def copies(db: Database) -> dict[UUID, int]:
    async with db.read() as session:
        return dict((await session.execute(text("select thing_id, step from thing_copy"))).tuples().all())


async def drained(db: Database) -> bool:
    return await probe.pending(db) == 0


@pytest.mark.failure("BROKER-DOWN")
async def test_while_the_broker_is_down_the_age_of_what_waits_is_told(
    db: Database, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "REPORT_S", 0.0)
    parts = urlsplit(vhost.url)
    async with fault_proxy(parts.hostname or "", parts.port or 0) as proxy:
        proxy.refuse = True
        await probe.tell_steps(db, [uuid4()], 3)
        async with db.write() as session:
            await session.execute(text("update outbox set created_at = created_at - interval '10 minutes'"))
        through = vhost.url.replace(f":{parts.port}/", f":{proxy.port}/")
        async with running_worker("probe", db, vhost, amqp_url=through):

            async def told() -> bool:
                waiting = (gauge("outbox_pending"), gauge("outbox_oldest_seconds") >= 600)
                return waiting == (3, True) and proxy.accepted > 0

            await wait.until(told)
            proxy.refuse = False
            await wait.until(lambda: drained(db), timeout_s=20)

            async def calm() -> bool:
                return (gauge("outbox_pending"), gauge("outbox_oldest_seconds")) == (0, 0)

            await wait.until(calm)


@pytest.mark.failure("NACKED")
async def test_an_event_refused_twenty_times_is_reported_and_never_skipped(
    db: Database, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "REPORT_S", 0.0)
    full = {"max-length": 1, "overflow": "reject-publish"}
    async with BrokerAdmin(vhost.admin_url) as admin:
        await admin.put_policy(vhost.vhost, "full", pattern="^counter.full$", definition=full, priority=10)
        await admin.put_queue(vhost.vhost, "counter.full")
        await admin.bind(vhost.vhost, "events", "counter.full", keys={ThingPausedV1.type_name})
        (stuck,) = await probe.tell(db, ThingPausedV1(thing_id=uuid4(), step=1))
        await vhost.fill("counter.full")
        async with db.write() as session:
            await session.execute(text("update outbox set attempts = :n"), {"n": waves.ALARM_ATTEMPTS - 1})
        with capture_logs() as logs:
            async with running_worker("probe", db, vhost):

                async def reported() -> bool:
                    return gauge("outbox_stuck") == 1

                await wait.until(reported)
                assert await probe.pending(db) == 1
                await admin.delete_queue(vhost.vhost, "counter.full")
                async with db.write() as session:
                    await session.execute(text("update outbox set next_attempt_at = now()"))
                await wait.until(lambda: drained(db), timeout_s=20)
    errors = [entry for entry in logs if entry["event"] == "event_not_published"]
    assert [(entry["log_level"], entry["event_id"]) for entry in errors] == [("error", str(stuck))]
    assert stuck in {parse(message.body).id for message in await vhost.take(QUEUE)}


@pytest.mark.failure("UNROUTED")
async def test_events_of_a_missing_binding_are_kept_in_sight_and_repeated_from_the_outbox(
    db: Database, probe_url: str, vhost: Broker
):
    since, thing = datetime.now(UTC), uuid4()
    async with BrokerAdmin(vhost.admin_url) as admin:
        for queue in (QUEUE, "counter.copies"):
            await admin.bind(vhost.vhost, "events", queue, keys=set())
    async with running_worker("probe", db, vhost):
        await probe.tell_steps(db, [thing], 3)
        await wait.until(lambda: drained(db))
    lost = [parse(message.body) for message in await vhost.take("events.unrouted")]
    assert [event.subjectversion for event in lost] == [1, 2, 3], "nothing is discarded silently"
    assert await vhost.depth(QUEUE) == 0
    await vhost.declare({"counter": probe.queues(), "probe": []})
    url, types = await vhost.service_url("counter"), [ThingMovedV1.type_name]
    assert await rebuild(probe_url, url, QUEUE, types=types, until=since) == 0
    assert await rebuild(probe_url, url, QUEUE, types=types, since=since) == 3
    async with running_worker("counter", db, vhost, queues=probe.queues()):

        async def done() -> bool:
            return await probe.effects(db) == [(thing, 1), (thing, 2), (thing, 3)]

        await wait.until(done)


@pytest.mark.failure("TWO-LEADERS")
async def test_two_relays_that_both_lead_repeat_and_lose_nothing(
    db: Database, vhost: Broker, monkeypatch: pytest.MonkeyPatch
):
    failpoints.configure("relay.before_mark:sleep(0.02)")
    things = [uuid4() for _ in range(5)]
    url = await vhost.service_url("probe")
    async with running_worker("probe", db, vhost, amqp_url=url):

        async def leads() -> bool:
            return gauge("outbox_leader") == 1

        await wait.until(leads)
        # Another lock stands for a leader whose session was lost without its noticing.
        monkeypatch.setattr(relay, "LOCK_CLASS", relay.LOCK_CLASS + 1)
        async with running_worker("probe", db, vhost, amqp_url=url):
            told = await probe.tell_steps(db, things, 15)
            await wait.until(lambda: drained(db), timeout_s=30)
    published = await vhost.depth(QUEUE)
    assert published > len(told), "both led, so some events went out twice"
    async with running_worker("counter", db, vhost, queues=probe.queues()):

        async def done() -> bool:
            return len(await probe.effects(db)) >= len(told) and await copies(db) == dict.fromkeys(things, 15)

        await wait.until(done, timeout_s=30)
        for queue in (QUEUE, "counter.copies"):
            await wait.until(lambda queue=queue: empty(vhost, queue), timeout_s=30)
    assert Counter(await probe.effects(db)) == Counter((thing, n) for thing in things for n in range(1, 16))
    assert await copies(db) == dict.fromkeys(things, 15), "an older repetition does not win"


async def empty(broker: Broker, queue: str) -> bool:
    return await broker.depth(queue) == 0


def born(at: datetime) -> UUID:
    """An event id as it was made at a moment."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (0b10 << 62) | (uuid4().int & ((1 << 62) - 1)))


@pytest.mark.failure("DUPLICATE-MONTHS-LATER")
async def test_a_duplicate_after_two_months_is_known_and_after_the_inbox_forgot_it_is_stale(db: Database):
    now, thing = datetime.now(UTC), uuid4()
    old, ancient = now - timedelta(days=60), now - timedelta(days=150)
    for moment in (old, ancient):
        await partition(db, "inbox", "event_id", moment)
    event = ThingMovedV1(thing_id=thing, step=1)
    ids = {"old": born(old), "ancient": born(ancient)}
    for number, event_id in enumerate(ids.values()):
        assert (
            await deliver(db, probe.on_thing_copied, event, event_id=event_id, version=number + 1)
            == "handled"
        )
    assert await deliver(db, probe.on_thing_copied, event, version=9) == "handled"
    await upkeep(db)
    assert await deliver(db, probe.on_thing_copied, event, event_id=ids["old"], version=1) == "duplicate"
    async with db.read() as session:
        kept = await session.execute(text("select event_id from inbox"))
        assert ids["ancient"] not in set(kept.scalars()), "its month was dropped"
    assert await deliver(db, probe.on_thing_copied, event, event_id=ids["ancient"], version=2) == "stale"


@pytest.mark.failure("NEWER-SCHEMA")
async def test_fields_and_attributes_added_later_are_passed_over(db: Database, vhost: Broker):
    thing = uuid4()
    event = Envelope.of(ThingMovedV1(thing_id=thing, step=1), version=1)
    newer = Envelope.model_validate(
        event.model_dump(mode="json") | {"data": {**event.data, "colour": "red"}, "newattribute": "x"}
    )
    assert b"newattribute" in newer.to_bytes()
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        await vhost.publish(newer)

        async def done() -> bool:
            return (await probe.effects(db), await copies(db)) == ([(thing, 1)], {thing: 1})

        await wait.until(done)
    assert await vhost.depth("counter.parking") == 0


@pytest.mark.failure("OUT-OF-ORDER", "CLOCK-SKEW")
async def test_versions_decide_whatever_is_missing_and_whatever_the_clocks_say(db: Database, vhost: Broker):
    thing, now = uuid4(), datetime.now(UTC)
    versions = [1, 4, 2, 7, 5]
    events = [
        Envelope.of(
            ThingMovedV1(thing_id=thing, step=version),
            version=version,
            # The newer the version, the older its producer's clock claims it to be.
            time=now - timedelta(hours=version),
        )
        for version in versions
    ]
    async with running_worker("counter", db, vhost, queues=probe.queues()):
        for event in events:
            await vhost.publish(event)
        await wait.until(lambda: empty(vhost, "counter.copies"))

        async def all_seen() -> bool:
            async with db.read() as session:
                query = text("select count(*) from inbox where consumer = 'counter.copies'")
                return (await session.execute(query)).scalar_one() == len(versions)

        await wait.until(all_seen)
    # 3 and 6 never came; an event carries the whole state, so nothing need be fetched to fill the gap.
    assert await copies(db) == {thing: 7}


@pytest.mark.failure("RELAY-OFF")
async def test_after_a_long_rest_of_the_relay_nothing_was_cleaned_away(db: Database, vhost: Broker):
    thing, week_ago = uuid4(), datetime.now(UTC) - timedelta(days=75)
    await partition(db, "outbox", "created_at", week_ago)
    ids = await probe.tell_steps(db, [thing], 3)
    async with db.write() as session:
        await session.execute(text("update outbox set created_at = :at"), {"at": week_ago})
    for _ in range(2):
        await upkeep(db)
    assert await probe.pending(db) == 3
    async with running_worker("probe", db, vhost):
        await wait.until(lambda: drained(db))
    assert [parse(message.body).id for message in await vhost.take(QUEUE)] == ids
    await upkeep(db)
    async with db.read() as session:
        left = await session.execute(text("select count(*) from outbox"))
        assert left.scalar_one() == 0, "published, and older than what may be asked for again"


@pytest.mark.failure("PRODUCER-DB-DOWN")
async def test_a_change_whose_database_is_gone_has_no_event(db: Database, probe_url: str):
    from sqlalchemy.exc import SQLAlchemyError

    from nmo_kit.messaging import outbox
    from nmo_testkit.postgres import settings_for

    parts = urlsplit(probe_url)
    async with fault_proxy(parts.hostname or "", parts.port or 0) as proxy:
        through = Database(settings_for(probe_url.replace(f":{parts.port}/", f":{proxy.port}/")))

        async def change() -> None:
            async with through.write() as session:
                await session.execute(text("insert into fault values (gen_random_uuid(), 'change', 0)"))
                await outbox.add(session, ThingMovedV1(thing_id=uuid4(), step=1), version=1)
                proxy.refuse = True
                proxy.cut()

        with pytest.raises((SQLAlchemyError, OSError)):
            await change()
        await through.close()
    async with db.read() as session:
        query = text("select (select count(*) from fault), (select count(*) from outbox)")
        assert tuple((await session.execute(query)).one()) == (0, 0)
