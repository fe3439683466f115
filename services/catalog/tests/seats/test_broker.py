"""A submission over a real broker is answered by an event."""

from uuid import uuid4

import pytest

from nmo_catalog.topology import QUEUES
from nmo_contracts.applications import ApplicationSubmittedV1, ApplicationWithdrawnV1
from nmo_kit import clock
from nmo_kit.messaging import Envelope
from nmo_kit.messaging.envelope import parse
from nmo_testkit import drain_outbox, running_worker, wait


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
