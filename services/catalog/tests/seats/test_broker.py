"""A submission over a real broker is answered by an event."""

from dataclasses import replace
from uuid import uuid4

import pytest
from aio_pika import Message
from sqlalchemy import text

from nmo_catalog.topology import QUEUES
from nmo_contracts.applications import ApplicationSubmittedV1, ApplicationWithdrawnV1
from nmo_kit import clock
from nmo_kit.messaging import Envelope
from nmo_kit.messaging.envelope import parse
from nmo_testkit import drain_outbox, running_worker, wait

SEATS, TRIES = 30, 100


def move(model, element, application_id):
    return model(
        application_id=application_id,
        number="NMO-0000001-2026",
        person_id=uuid4(),
        cycle_id=uuid4(),
        plan_item_id=uuid4(),
        element_id=element.id,
        organization_id=element.organization_id,
        occurred_at=clock.now(),
    )


async def holds_of(db, element):
    async with db.read() as session:
        query = text("select state, count(*) from seat_hold where element_id = :id group by state")
        found = dict((await session.execute(query, {"id": element.id})).tuples().all())
        query = text("select seats_held from element where id = :id")
        return found, (await session.execute(query, {"id": element.id})).scalar_one()


@pytest.mark.req("CAT-07")
async def test_doubled_submissions_to_two_workers_over_breaking_connections_hold_exactly_the_seats(
    db, publish, broker
):
    (element,) = await publish({"seats_total": SEATS})
    await drain_outbox(db)
    await broker.declare({"catalog": QUEUES})
    submissions = [
        Envelope.of(move(ApplicationSubmittedV1, element, uuid4()), version=2) for _ in range(TRIES)
    ]
    async with broker.channel() as channel:
        exchange = await channel.get_exchange("events", ensure=False)
        for event in submissions * 2:
            await exchange.publish(Message(event.to_bytes()), event.type_name, mandatory=False)

    async def answered():
        found, _ = await holds_of(db, element)
        return sum(found.values()) == TRIES

    url = await broker.service_url("catalog")
    # Both workers share this test's one small pool of connections.
    few = [replace(queue, prefetch=4) for queue in QUEUES]
    async with (
        running_worker("catalog", db, broker, queues=few, amqp_url=url),
        running_worker("catalog", db, broker, queues=few, amqp_url=url),
    ):
        await wait.until(broker.cut_connections, timeout_s=30)
        await wait.until(answered, timeout_s=120)
    assert await holds_of(db, element) == ({"held": SEATS, "refused": TRIES - SEATS}, SEATS)
    async with db.read() as session:
        query = text(
            "select routing_key, count(*) from outbox where routing_key like 'catalog.seat.%' group by 1"
        )
        told = dict((await session.execute(query)).tuples().all())
    assert told == {"catalog.seat.held.v1": SEATS, "catalog.seat.refused.v1": TRIES - SEATS}, "answered once"
    for queue in few:
        await broker.take(queue.name)


@pytest.mark.req("CAT-07")
async def test_a_submission_is_answered_and_a_withdrawal_frees_the_seat(db, publish, broker):
    (element,) = await publish({"seats_total": 1})
    await drain_outbox(db)
    await broker.declare({"catalog": QUEUES})
    async with broker.channel() as channel:
        queue = await channel.declare_queue("probe.catalog", durable=True)
        await queue.bind("events", "catalog.seat.#")
        await queue.purge()
    seen = []

    async def answers(number):
        seen.extend(parse(message.body) for message in await broker.take("probe.catalog"))
        return len(seen) >= number

    first, second = uuid4(), uuid4()
    async with running_worker("catalog", db, broker, queues=QUEUES):
        submitted = Envelope.of(move(ApplicationSubmittedV1, element, first), version=2)
        await broker.publish(submitted)
        await broker.publish(submitted)
        await wait.until(lambda: answers(1), timeout_s=30)
        await broker.publish(Envelope.of(move(ApplicationSubmittedV1, element, second), version=2))
        await wait.until(lambda: answers(2), timeout_s=30)
        await broker.publish(Envelope.of(move(ApplicationWithdrawnV1, element, first), version=3))
        await wait.until(lambda: answers(3), timeout_s=30)
    assert [event.type_name.split(".")[2] for event in seen] == ["held", "refused", "released"]
    assert seen[0].causationid == submitted.id
    assert seen[0].correlationid == submitted.correlationid
