"""Results over a real broker: late facts, duplicates and lost connections end in one credit."""

from uuid import UUID, uuid4

import pytest

from nmo_cycles.plan.tables import PlanItem
from nmo_cycles.topology import QUEUES
from nmo_kit import clock
from nmo_kit.messaging import Envelope
from nmo_testkit import running_worker, wait


async def total(person, cycle):
    return (await person.get(f"/{cycle['cycle_id']}"))["total_zet"]


async def published(broker, name):
    """Events of a type that the worker has published, by the queue bound to it."""
    return [message for message in await broker.take("probe.cycles") if message.routing_key == name]


@pytest.fixture
async def probe(broker):
    """A queue that sees what cycles publish."""
    await broker.declare({"cycles": QUEUES})
    async with broker.channel() as channel:
        queue = await channel.declare_queue("probe.cycles", durable=True)
        await queue.bind("events", "cycles.#")
        await queue.purge()
    return broker


@pytest.mark.req("APP-08", "CYC-09")
async def test_a_result_delivered_over_and_over_while_connections_break_is_credited_once(
    db, person, apply, probe
):
    cycle = await person.open()
    application = apply(person, cycle, await person.planned(cycle))
    completed = Envelope.of(application.event("Completed"), version=6)
    async with running_worker("cycles", db, probe, queues=QUEUES):
        for _ in range(3):
            await probe.publish(completed)
            await wait.until(probe.cut_connections)
        await wait.until(lambda: _equals(total(person, cycle), "72.00"), timeout_s=30)
        # A later event of another kind proves that everything before it was handled.
        enrolled = Envelope.of(application.event("Enrolled"), version=7)
        await probe.publish(enrolled)
        await wait.until(lambda: _shows(person, cycle, "enrolled"), timeout_s=30)
        seen = await wait.until(lambda: published(probe, "cycles.credit.recorded.v1"), timeout_s=30)
    assert len({message.message_id for message in seen}) == 1
    assert len((await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]) == 1


@pytest.mark.req("APP-08")
async def test_a_result_that_overtakes_the_plan_item_waits_for_it(db, person, apply, probe, publish_element):
    cycle = await person.open()
    element_id, plan_item_id = await publish_element(), uuid4()
    item = {"plan_item_id": str(plan_item_id), "element_id": str(element_id), "zet": "72.00"}
    application = apply(person, cycle, item)
    async with running_worker("cycles", db, probe, queues=QUEUES):
        await probe.publish(Envelope.of(application.event("Completed"), version=6))
        await wait.until(lambda: _equals(probe.depth("cycles.applications"), 0), timeout_s=10)
        assert await total(person, cycle) == "0.00"
        async with db.write() as session:
            session.add(
                PlanItem(
                    id=plan_item_id,
                    cycle_id=UUID(cycle["cycle_id"]),
                    element_id=element_id,
                    added_at=clock.now(),
                )
            )
        await wait.until(lambda: _equals(total(person, cycle), "72.00"), timeout_s=30)


async def _equals(answer, wanted):
    return await answer == wanted


async def _shows(person, cycle, status):
    plan = await person.get(f"/{cycle['cycle_id']}/plan")
    applications = [item["application"] for group in plan["groups"] for item in group["items"]]
    return [found["status"] for found in applications if found] == [status]
