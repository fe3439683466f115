"""Servers of the tests' own: killed and started again under load, blocked by an alarm, without a place to park."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from nmo_kit.db import Database
from nmo_kit.messaging import outbox, waves
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_testkit import probe, running_worker, wait
from nmo_testkit.broker import Broker, fresh_broker
from nmo_testkit.engine import Infrastructure
from nmo_testkit.postgres import Databases, settings_for
from nmo_testkit.probe import ThingMovedV1

STEPS = 15


@asynccontextmanager
async def system(infra: Infrastructure) -> AsyncIterator[tuple[Database, Database, Broker]]:
    """Producer and consumer with databases of their own, both workers running."""
    admin = await asyncpg.connect(infra.postgres_url)
    # Throw-away servers do not wait for the log; here an acknowledged commit must survive the server's death.
    await admin.execute("alter system set synchronous_commit = on")
    await admin.execute("select pg_reload_conf()")
    await admin.close()
    databases = Databases(infra.postgres_url)
    opened = [Database(settings_for(await probe.prepare(databases))) for _ in range(2)]
    async with fresh_broker(infra.amqp_url, infra.amqp_admin_url) as broker:
        await broker.declare({"counter": probe.queues(), "probe": []})
        async with (
            running_worker("probe", opened[0], broker),
            running_worker("counter", opened[1], broker, queues=probe.queues()[:1]),
        ):
            yield opened[0], opened[1], broker
    for database in opened:
        await database.close()


async def write(producer: Database, written: Counter[UUID], thing: UUID, step: int) -> None:
    """One acknowledged write; one that failed counts only if it is in the outbox afterwards."""
    async with producer.write() as session:
        event_id = await outbox.add(session, ThingMovedV1(thing_id=thing, step=step), version=step)
    written[event_id] += 1


async def settled(producer: Database, consumer: Database, written: Counter[UUID]) -> bool:
    with suppress(SQLAlchemyError, OSError):
        async with producer.read() as session:
            query = "select count(*) from outbox where published_at is null"
            pending = (await session.execute(text(query))).scalar_one()
        async with consumer.read() as session:
            seen = Counter((await session.execute(text("select event_id from effect"))).scalars())
        return bool(pending == 0 and written.keys() <= seen.keys() and set(seen.values()) == {1})
    return False


@pytest.mark.req("APP-08")
@pytest.mark.failure("BROKER-DOWN")
async def test_a_broker_killed_and_started_again_in_the_middle(private_infrastructure: Infrastructure):
    rabbitmq = private_infrastructure.rabbitmq
    async with system(private_infrastructure) as (producer, consumer, _):
        written: Counter[UUID] = Counter()
        things = [uuid4() for _ in range(5)]
        for step in range(1, STEPS + 1):
            for thing in things:
                await write(producer, written, thing, step)
            if step == STEPS // 3:
                os.kill(rabbitmq.pid, signal.SIGKILL)
        # Writes went on without the broker; nobody's request knew of it.
        assert len(written) == STEPS * len(things)
        await asyncio.to_thread(rabbitmq.start)
        await wait.until(lambda: settled(producer, consumer, written), timeout_s=60)
        async with consumer.read() as session:
            rows = await session.execute(text("select subject, step from effect order by number"))
            order: dict[str, list[int]] = {}
            for subject, step in rows:
                order.setdefault(subject, []).append(step)
    assert all(steps == list(range(1, STEPS + 1)) for steps in order.values())


@pytest.mark.req("APP-08")
@pytest.mark.failure("PRODUCER-DB-DOWN")
async def test_a_database_stopped_at_once_keeps_what_was_acknowledged(private_infrastructure: Infrastructure):
    postgres = private_infrastructure.postgres
    async with system(private_infrastructure) as (producer, consumer, broker):
        written: Counter[UUID] = Counter()
        thing = uuid4()
        for step in range(1, 11):
            await write(producer, written, thing, step)
        await asyncio.to_thread(postgres.stop, "immediate")
        with pytest.raises((SQLAlchemyError, OSError)):
            await write(producer, written, thing, 11)
        await asyncio.to_thread(postgres.start)

        async def writes_again() -> bool:
            with suppress(SQLAlchemyError, OSError):
                await write(producer, written, thing, 12)
                return True
            return False

        await wait.until(writes_again, timeout_s=30)
        await wait.until(lambda: settled(producer, consumer, written), timeout_s=60)
        assert await broker.depth("counter.parking") == 0


@pytest.mark.failure("BROKER-BLOCKED")
async def test_under_an_alarm_publishes_time_out_wait_and_drain_in_order(
    private_infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waves, "PUBLISH_TIMEOUT_S", 0.5)
    rabbitmq, thing = private_infrastructure.rabbitmq, uuid4()
    async with system(private_infrastructure) as (producer, consumer, _):
        await asyncio.to_thread(rabbitmq.control, "set_vm_memory_high_watermark", "0.000001")
        told = await probe.tell_steps(producer, [thing], 3)

        async def timed_out() -> bool:
            async with producer.read() as session:
                found = await session.execute(text("select max(attempts), max(last_error) from outbox"))
                attempts, error = found.one()
                return bool(attempts) and "Timeout" in error

        try:
            await wait.until(timed_out, timeout_s=20)
            assert (await probe.pending(producer), await probe.effects(consumer)) == (3, [])
        finally:
            await asyncio.to_thread(rabbitmq.control, "set_vm_memory_high_watermark", "0.4")
        await wait.until(lambda: settled(producer, consumer, Counter(told)), timeout_s=60)
        assert await probe.effects(consumer) == [(thing, 1), (thing, 2), (thing, 3)]


async def parked(broker: Broker, found: set[bytes]) -> set[bytes]:
    found |= {bytes(message.body) for message in await broker.take("counter.parking")}
    return found


@pytest.mark.failure("PARKING-GONE")
async def test_without_room_to_park_poison_is_held_and_the_queue_flows(
    private_infrastructure: Infrastructure,
):
    # The broker tries again after minutes by itself; the wait is its setting.
    quickly = "application:set_env(rabbit, dead_letter_worker_publisher_confirm_timeout, 500)."
    await asyncio.to_thread(private_infrastructure.rabbitmq.control, "eval", quickly)
    poison = {f"{{broken {number}".encode() for number in range(3)}
    async with (
        system(private_infrastructure) as (producer, consumer, broker),
        BrokerAdmin(broker.admin_url) as admin,
    ):
        await admin.delete_queue(broker.vhost, "counter.parking")
        for body in poison:
            await broker.publish(body, queue="counter.effects")
        written: Counter[UUID] = Counter()
        await write(producer, written, uuid4(), 1)
        await wait.until(lambda: settled(producer, consumer, written), timeout_s=30)
        # Missing: back, but with room for one only. Full: with room again.
        room = {"max-length": 1, "overflow": "reject-publish"}
        await admin.put_policy(
            broker.vhost, "room", pattern=r"^counter\.parking$", definition=room, priority=10
        )
        await broker.declare({"counter": probe.queues(), "probe": []})

        async def one_is_in() -> bool:
            return await broker.depth("counter.parking") > 0

        await wait.until(one_is_in, timeout_s=30)
        found: set[bytes] = set()

        async def all_came() -> bool:
            return await parked(broker, found) == poison

        await wait.until(all_came, timeout_s=60)
