from uuid import uuid4

import aio_pika
import pytest
from aio_pika.exceptions import ChannelClosed

from nmo_kit.messaging import Envelope
from nmo_kit.messaging.admin import BrokerAdmin, BrokerAdminError
from nmo_kit.messaging.topology import Queue, RetryLevel, declare_partners
from nmo_testkit import probe, wait
from nmo_testkit.broker import FAST_LEVELS, Broker
from nmo_testkit.probe import ThingCountedV1, ThingMovedV1


def moved() -> Envelope:
    return Envelope.of(ThingMovedV1(thing_id=uuid4(), step=1), version=1)


async def test_declaring_twice_changes_nothing(vhost: Broker):
    services = {"counter": probe.queues(), "probe": []}
    assert (await vhost.declare(services)).unused_queues == []
    assert (await vhost.declare(services)).unused_queues == []


async def test_queues_that_nobody_lists_are_reported_and_kept(vhost: Broker):
    await vhost.publish(moved())
    found = await vhost.declare({"counter": probe.queues()[:1], "probe": []})
    assert found.unused_queues == ["counter.copies"]
    assert await vhost.depth("counter.copies") == 1


async def test_a_binding_that_is_no_longer_wanted_is_removed(vhost: Broker):
    narrow = Queue("counter.effects", handlers=[_paused_only()])
    await vhost.declare({"counter": [narrow, probe.queues()[1]], "probe": []})
    await vhost.publish(moved())
    await wait.until(lambda: _depth_is(vhost, "counter.copies", 1))
    assert await vhost.depth("counter.effects") == 0


def _paused_only():
    from nmo_kit.messaging import consumes

    @consumes(probe.ThingPausedV1)
    async def on_paused(session, event):
        del session, event

    return on_paused


async def _depth_is(broker: Broker, queue: str, depth: int) -> bool:
    return await broker.depth(queue) == depth


@pytest.mark.failure("UNROUTED")
async def test_an_event_without_subscriber_is_kept_in_sight(vhost: Broker):
    await vhost.publish(Envelope.of(ThingCountedV1(thing_id=uuid4(), step=1), version=1))
    assert await vhost.depth("events.unrouted") == 1


@pytest.mark.failure("UNROUTED")
async def test_events_that_nobody_subscribes_to_are_let_go_and_only_missing_bindings_show(vhost: Broker):
    told = frozenset({ThingCountedV1.type_name, ThingMovedV1.type_name})
    services = {"counter": probe.queues(), "probe": []}
    await vhost.declare(services, told=told)
    await vhost.publish(Envelope.of(ThingCountedV1(thing_id=uuid4(), step=1), version=1))
    assert await vhost.depth("events.unrouted") == 0
    async with BrokerAdmin(vhost.admin_url) as admin:
        for queue in ("counter.effects", "counter.copies"):
            await admin.bind(vhost.vhost, "events", queue, keys=set())
    await vhost.publish(moved())
    assert await vhost.depth("events.unrouted") == 1
    await vhost.declare(services, told=frozenset())
    await vhost.publish(Envelope.of(ThingCountedV1(thing_id=uuid4(), step=1), version=1))
    assert await vhost.depth("events.unrouted") == 2, "an unknown event shows"


async def test_other_arguments_of_an_existing_queue_stop_the_declaration(vhost: Broker):
    async with BrokerAdmin(vhost.admin_url) as admin:
        await admin.delete_queue(vhost.vhost, "counter.copies")
        await admin.call(
            "PUT", "queues", vhost.vhost, "counter.copies", body={"durable": True, "arguments": {}}
        )
    with pytest.raises(BrokerAdminError) as caught:
        await vhost.declare({"counter": probe.queues()})
    assert caught.value.status == 400


async def test_a_retry_level_returns_messages_to_the_queue_they_name(vhost: Broker):
    await vhost.declare({"counter": probe.queues(), "probe": []}, levels=[RetryLevel("quick", 0.2)])
    async with vhost.channel() as channel:
        exchange = await channel.get_exchange("counter.retry.quick", ensure=False)
        for queue in ("counter.effects", "counter.copies"):
            await exchange.publish(aio_pika.Message(b"x"), queue)
    for queue in ("counter.effects", "counter.copies"):
        await wait.until(lambda queue=queue: _depth_is(vhost, queue, 1))


@pytest.mark.failure("POISON")
async def test_poison_that_crashes_its_consumers_is_parked_by_the_delivery_limit(vhost: Broker):
    await vhost.publish(b"poison", queue="counter.effects")

    async def crash() -> bool:
        async with vhost.channel() as channel:
            source = await channel.get_queue("counter.effects")
            await source.get(fail=False)
        return await vhost.depth("counter.parking") == 1

    await wait.until(crash, timeout_s=20)


@pytest.mark.parametrize(
    ("exchange", "key"),
    [
        ("events", "probe.thing.moved.v1"),
        ("events", "counterfeit.thing.moved.v1"),
        ("", "probe.work"),
        ("", "counter.effects"),
        ("probe.direct", "probe.work"),
        ("probe.retry.1", "counter.effects"),
        ("dlx.probe", "x"),
        ("amq.topic", "counter.x"),
    ],
)
async def test_a_service_reaches_nothing_but_its_own(vhost: Broker, exchange: str, key: str):
    url = await vhost.service_url("counter")
    async with vhost.channel(url) as channel:
        target = (
            channel.default_exchange if not exchange else await channel.get_exchange(exchange, ensure=False)
        )
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await target.publish(aio_pika.Message(b"forged"), key)


@pytest.mark.parametrize("queue", ["probe.parking", "events.unrouted", "probe.retry.1"])
async def test_a_service_reads_no_queue_of_another(vhost: Broker, queue: str):
    async with vhost.channel(await vhost.service_url("counter")) as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await (await channel.get_queue(queue, ensure=False)).get(fail=False)


async def test_a_service_declares_and_binds_nothing(vhost: Broker):
    url = await vhost.service_url("counter")
    async with vhost.channel(url) as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await channel.declare_queue("counter.new", durable=True)
    async with vhost.channel(url) as channel:
        queue = await channel.get_queue("counter.effects")
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await queue.bind("events", "identity.#")


async def test_a_service_publishes_its_own_events(vhost: Broker):
    async with vhost.channel(await vhost.service_url("probe")) as channel:
        exchange = await channel.get_exchange("events", ensure=False)
        await exchange.publish(aio_pika.Message(b"own"), "probe.thing.moved.v1", mandatory=False)
    assert await vhost.depth("counter.effects") == 1


@pytest.mark.req("PAR-06")
async def test_a_full_partner_queue_refuses_and_a_partner_reads_only_its_own(vhost: Broker):
    """Partners' rights as notifications grants them, in a vhost beside the services'."""
    publisher, partner = f"{vhost.vhost}-publisher", f"{vhost.vhost}-partner"
    vhost.users += [publisher, partner]
    async with BrokerAdmin(vhost.admin_url) as admin:
        await declare_partners(admin, publisher, "publisher-password", vhost=vhost.vhost)
        for name in ("one.events", "two.events"):
            await admin.put_queue(vhost.vhost, name)
        await admin.put_user(partner, "partner-password")
        await admin.put_permission(vhost.vhost, partner, read=r"^one\.events$")
    async with vhost.channel(vhost.url_for((publisher, "publisher-password"))) as channel:
        for name in ("one.events", "two.events"):
            await channel.default_exchange.publish(aio_pika.Message(b"thin"), name)
    url = vhost.url_for((partner, "partner-password"))
    async with vhost.channel(url) as channel:
        own = await (await channel.get_queue("one.events", ensure=False)).get(fail=False)
        assert own is not None
        assert own.body == b"thin"
        await own.ack()
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await (await channel.get_queue("two.events", ensure=False)).get(fail=False)
    async with vhost.channel(url) as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await channel.default_exchange.publish(aio_pika.Message(b"forged"), "two.events")


def test_the_default_levels_grow():
    from nmo_kit.messaging.topology import RETRY_LEVELS

    seconds = [level.seconds for level in RETRY_LEVELS]
    assert seconds == sorted(set(seconds))
    assert [level.name for level in FAST_LEVELS] == ["1", "2"]
