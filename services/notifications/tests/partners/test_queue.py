"""The partner's own queue, read by a stock client; what that client may not do."""

from datetime import UTC, datetime, timedelta

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError

from nmo_kit.messaging.admin import BrokerAdmin
from nmo_notifications.partners.publisher import BATCH, QueuePublisher
from nmo_testkit import wait

SUBSCRIPTIONS = "/api/v1/partner/subscriptions"


async def received(access, count):
    connection = await aio_pika.connect(access["url"], timeout=10)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(access["queue"], ensure=False)
        found = []

        async def enough():
            message = await queue.get(fail=False)
            if message is not None:
                await message.ack()
                found.append(message)
            return len(found) >= count

        await wait.until(enough, timeout_s=10)
        return found


@pytest.mark.req("PAR-02", "PAR-03")
async def test_events_arrive_in_order_with_their_ids(world):
    await world.consent()
    access = (await world.subscribe("amqp"))["amqp"]
    assert access["username"] == f"p-{world.client_id}-a"
    for _ in range(5):
        await world.project(world.event())
    await world.publisher.publish_due()
    messages = await received(access, 5)
    feed = (await world.feed())["events"]
    assert [message.message_id for message in messages] == [event["id"] for event in feed]
    assert [message.headers["ce-partnerseq"] for message in messages] == [1, 2, 3, 4, 5]
    assert messages[0].content_type.startswith("application/cloudevents+json")
    (row,) = await world.sql("select cursor_seq, lease_until from subscription")
    assert (row.cursor_seq, row.lease_until) == (5, None)


@pytest.mark.req("PAR-03")
async def test_replay_sends_the_same_events_again(world):
    await world.consent()
    made = await world.subscribe("amqp")
    await world.project(world.event())
    await world.publisher.publish_due()
    (first,) = await received(made["amqp"], 1)
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/replay"
    assert (await world.http.post(path, json={"from": since}, headers=world.partner)).status_code == 202
    await world.publisher.publish_due()
    (again,) = await received(made["amqp"], 1)
    assert again.message_id == first.message_id
    assert again.body == first.body


@pytest.mark.req("PAR-06")
async def test_partner_may_read_its_queue_and_nothing_else(world, broker):
    access = (await world.subscribe("amqp"))["amqp"]
    async with broker.channel() as admin:
        await admin.declare_queue("foreign.events", durable=True, arguments={"x-queue-type": "quorum"})
    connection = await aio_pika.connect(access["url"], timeout=10)
    async with connection:

        async def refused(attempt):
            channel = await connection.channel(publisher_confirms=True)
            with pytest.raises(AMQPError):
                await attempt(channel)

        async def read_foreign(channel):
            queue = await channel.get_queue("foreign.events", ensure=False)
            await queue.get(fail=False)

        async def publish(channel):
            body = aio_pika.Message(b"forged")
            await channel.default_exchange.publish(body, routing_key=access["queue"], timeout=5)

        async def declare(channel):
            await channel.declare_queue("mine", durable=True, arguments={"x-queue-type": "quorum"})

        async def delete(channel):
            queue = await channel.get_queue(access["queue"], ensure=False)
            await queue.delete(if_unused=False, if_empty=False)

        for attempt in (read_foreign, publish, declare, delete):
            await refused(attempt)
    foreign = access["url"].rpartition("/")[0] + "/%2F"
    with pytest.raises((AMQPError, OSError)):
        await aio_pika.connect(foreign, timeout=5)


async def test_second_queue_is_refused_and_a_new_one_after_deletion_works(world):
    made = await world.subscribe("amqp")
    body = {"types": made["types"], "way": "amqp"}
    again = await world.http.post(SUBSCRIPTIONS, json=body, headers=world.partner)
    assert (again.status_code, again.json()["code"]) == (409, "queue_already_subscribed")
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}"
    assert (await world.http.delete(path, headers=world.partner)).status_code == 204
    with pytest.raises((AMQPError, OSError)):
        await aio_pika.connect(made["amqp"]["url"], timeout=5)
    assert (await world.subscribe("amqp"))["amqp"]["password"] != made["amqp"]["password"]


@pytest.mark.req("PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_consent_is_asked_again_before_sending(world):
    await world.consent()
    access = (await world.subscribe("amqp"))["amqp"]
    await world.project(world.event())
    await world.sql("update identity_consent_copy set granted = false")
    await world.publisher.publish_due()
    await world.consent(at=datetime.now(UTC) + timedelta(seconds=1))
    wanted = world.event(number="NMO-0000077-2026")
    await world.project(wanted)
    await world.publisher.publish_due()
    (message,) = await received(access, 1)
    assert b"NMO-0000077-2026" in message.body


@pytest.mark.failure("PARTNER-QUEUE")
async def test_lost_queue_pauses_this_partner_and_heals(world, broker):
    await world.consent()
    made = await world.subscribe("amqp")
    await world.project(world.event())
    async with broker.channel() as admin:
        queue = await admin.get_queue(made["amqp"]["queue"], ensure=False)
        await queue.delete(if_unused=False, if_empty=False)
    await world.publisher.publish_due()
    (row,) = await world.sql("select cursor_seq, next_attempt_at, failing_since from subscription")
    assert row.cursor_seq == 0
    assert row.next_attempt_at is not None
    async with broker.channel() as admin:
        await admin.declare_queue(made["amqp"]["queue"], durable=True, arguments={"x-queue-type": "quorum"})
    await world.sql("update subscription set next_attempt_at = null")
    await world.publisher.publish_due()
    assert len(await received(made["amqp"], 1)) == 1
    (row,) = await world.sql("select cursor_seq, failing_since from subscription")
    assert (row.cursor_seq, row.failing_since) == (1, None)


@pytest.mark.req("PAR-03")
@pytest.mark.failure("CONFIRM-LOST")
async def test_cut_connection_is_opened_again(world, broker):
    await world.consent()
    made = await world.subscribe("amqp")
    await world.project(world.event())
    await world.publisher.publish_due()
    await received(made["amqp"], 1)

    async def cut():
        return await broker.cut_connections()

    await wait.until(cut, timeout_s=15)
    await world.project(world.event())

    async def published():
        await world.sql("update subscription set next_attempt_at = null")
        await world.publisher.publish_due()
        (row,) = await world.sql("select cursor_seq, lease_until from subscription")
        return (row.cursor_seq, row.lease_until) == (2, None)

    await wait.until(published, timeout_s=15)
    assert len(await received(made["amqp"], 1)) == 1


@pytest.mark.failure("BROKER-DOWN")
async def test_broker_that_is_not_there_pauses(world):
    await world.consent()
    await world.subscribe("amqp")
    await world.project(world.event())
    publisher = QueuePublisher(world.db, "amqp://x:y@127.0.0.1:1/none")
    await publisher.publish_due()
    (row,) = await world.sql("select cursor_seq, next_attempt_at from subscription")
    assert row.cursor_seq == 0
    assert row.next_attempt_at is not None


async def test_deliveries_of_a_queue(world):
    await world.consent()
    made = await world.subscribe("amqp")
    await world.project(world.event())
    await world.publisher.publish_due()
    await world.project(world.event())
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/deliveries"
    items = (await world.http.get(path, headers=world.partner)).json()["items"]
    assert [item["state"] for item in items] == ["pending", "delivered"]


async def internal_publishes(broker):
    """The services' own exchange takes an event while a partner's queue does not."""
    async with broker.channel() as channel:
        exchange = await channel.declare_exchange("probe.internal", "fanout", durable=True)
        queue = await channel.declare_queue("probe.internal", durable=True)
        await queue.bind(exchange)
        await exchange.publish(aio_pika.Message(b"event"), "x", timeout=5)
        await queue.delete(if_unused=False, if_empty=False)


@pytest.mark.req("PAR-03")
@pytest.mark.failure("PARTNER-QUEUE")
async def test_a_full_queue_pauses_this_partner_alone_and_the_backlog_waits_in_the_log(world, broker):
    await world.consent()
    made = await world.subscribe("amqp")
    await world.subscribe("pull")
    queue = made["amqp"]["queue"]
    full = {"max-length": 6, "overflow": "reject-publish"}
    async with BrokerAdmin(broker.admin_url) as admin:
        await admin.put_policy(broker.vhost, "full", pattern=f"^{queue}$", definition=full, priority=10)
        await broker.fill(queue)
        events = [await world.project(world.event()) for _ in range(5)]
        await world.publisher.publish_due()
        (row,) = await world.sql(
            "select cursor_seq, next_attempt_at, failing_since from subscription where way = 'amqp'"
        )
        assert row.cursor_seq == 0
        assert None not in {row.next_attempt_at, row.failing_since}
        assert len((await world.feed())["events"]) == len(events), "the other ways go on"
        await internal_publishes(broker)
        await world.publisher.publish_due()
        await broker.take(queue)

    async def caught_up():
        await world.sql("update subscription set next_attempt_at = null")
        await world.publisher.publish_due()
        (row,) = await world.sql("select cursor_seq from subscription where way = 'amqp'")
        return row.cursor_seq == len(events)

    await wait.until(caught_up, timeout_s=20)
    messages = await received(made["amqp"], 5)
    assert [message.headers["ce-partnerseq"] for message in messages] == [1, 2, 3, 4, 5]


@pytest.mark.failure("PARTNER-QUEUE")
async def test_a_purged_queue_is_mended_by_a_replay(world):
    await world.consent()
    made = await world.subscribe("amqp")
    for _ in range(3):
        await world.project(world.event())
    await world.publisher.publish_due()
    connection = await aio_pika.connect(made["amqp"]["url"], timeout=10)
    async with connection:
        queue = await (await connection.channel()).get_queue(made["amqp"]["queue"], ensure=False)
        await queue.purge()
        assert await queue.get(fail=False) is None
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/replay"
    assert (await world.http.post(path, json={"from": since}, headers=world.partner)).status_code == 202
    await world.publisher.publish_due()
    feed = [event["id"] for event in (await world.feed())["events"]]
    assert [message.message_id for message in await received(made["amqp"], 3)] == feed


@pytest.mark.failure("PARTNER-QUEUE")
async def test_while_the_consumer_is_gone_events_wait_in_their_order(world, broker):
    await world.consent()
    made = await world.subscribe("amqp")
    for _ in range(BATCH + 5):
        await world.project(world.event())
    await world.publisher.publish_due()
    assert await broker.depth(made["amqp"]["queue"]) == BATCH + 5
    messages = await received(made["amqp"], BATCH + 5)
    assert [message.headers["ce-partnerseq"] for message in messages] == list(range(1, BATCH + 6))
