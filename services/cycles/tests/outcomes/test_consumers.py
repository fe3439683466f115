"""Moves of applications: at the plan item, in the cycle, in the ledger; twice, late and out of order."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from nmo_cycles.outcomes.consumers import on_application_completed, on_application_confirmed
from nmo_kit import clock
from nmo_kit.messaging import Permanent, Transient
from nmo_testkit import deliver


async def item_of(person, cycle):
    plan = await person.get(f"/{cycle['cycle_id']}/plan")
    (item,) = [item for group in plan["groups"] for item in group["items"]]
    return item


@pytest.fixture
async def started(person, apply):
    """A cycle with one programme in its plan, and its application."""
    cycle = await person.open()
    item = await person.planned(cycle)
    return cycle, item, apply(person, cycle, item)


@pytest.mark.req("CYC-06")
@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("Drafted", "draft"),
        ("Submitted", "submitted"),
        ("DocumentsRequested", "documents_requested"),
        ("Rejected", "rejected"),
        ("Enrolled", "enrolled"),
        ("Failed", "failed"),
        ("Withdrawn", "withdrawn"),
        ("Deleted", "deleted"),
        ("Confirmed", "confirmed"),
    ],
)
async def test_the_state_of_the_application_stands_at_its_item(person, started, verb, status):
    cycle, _, application = started
    assert await application.tell(verb, 3) == "handled"
    item = await item_of(person, cycle)
    assert item["status"] == status
    assert item["application"] == {
        "application_id": str(application.application_id),
        "number": "NMO-0000042-2026",
        "status": status,
        "reason_code": "organization" if verb == "Rejected" else None,
    }


@pytest.mark.failure("OUT-OF-ORDER")
async def test_an_older_state_does_not_return(person, started):
    cycle, _, application = started
    await application.tell("Submitted", 2)
    await application.tell("Drafted", 1)
    assert (await item_of(person, cycle))["status"] == "submitted"


@pytest.mark.req("CYC-05")
async def test_the_first_confirmed_application_confirms_the_cycle(person, started, apply, told):
    cycle, _, application = started
    await told()
    event_id = uuid4()
    assert await application.tell("Confirmed", 3, event_id=event_id) == "handled"
    assert await application.tell("Confirmed", 3, event_id=event_id) == "duplicate"
    ((name, data, _),) = await told()
    assert (name, data["organization_id"]) == ("cycle.confirmed", cycle_organization(application))
    assert (await person.get(f"/{cycle['cycle_id']}"))["status"] == "confirmed"
    second = apply(person, cycle, await person.planned(cycle, title="Вторая"))
    await told()
    await second.tell("Confirmed", 3)
    assert await told() == []


def cycle_organization(application):
    return str(application.event("Confirmed").organization_id)


@pytest.mark.req("APP-08", "CYC-09")
@pytest.mark.failure("DUPLICATE-MONTHS-LATER")
async def test_a_completed_programme_is_credited_once(person, started, told):
    cycle, item, application = started
    await told()
    event_id = uuid4()
    assert await application.tell("Completed", 6, event_id=event_id) == "handled"
    assert await application.tell("Completed", 6, event_id=event_id) == "duplicate"
    assert await application.tell("Completed", 7) == "handled"
    events = await told()
    assert [name for name, _, _ in events] == ["credit.recorded"]
    assert events[0][1]["source"] == f"application/{application.application_id}"
    assert events[0][1]["plan_item_id"] == item["plan_item_id"]
    (entry,) = (await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]
    assert (entry["zet"], entry["title"], entry["kind"]) == ("72.00", "Неотложная кардиология", "programme")
    shown = await item_of(person, cycle)
    assert shown["result"] == {"zet": "72.00", "earned_on": str(clock.today())}
    assert shown["status"] == "completed"
    removal = await person.call("DELETE", f"/{cycle['cycle_id']}/plan/items/{item['plan_item_id']}")
    assert removal.status_code == 409


@pytest.mark.req("APP-08")
async def test_the_same_result_delivered_at_once_to_two_workers_is_credited_once(person, started, told):
    cycle, _, application = started
    await told()
    await asyncio.gather(*[application.tell("Completed", 6) for _ in range(5)])
    assert len((await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]) == 1
    assert [name for name, _, _ in await told()] == ["credit.recorded"]


@pytest.mark.req("APP-08")
async def test_a_result_is_credited_even_if_a_newer_state_came_first(person, started):
    cycle, _, application = started
    await application.tell("Deleted", 9)
    await application.tell("Completed", 6)
    assert (await person.get(f"/{cycle['cycle_id']}"))["total_zet"] == "72.00"
    assert (await item_of(person, cycle))["application"]["status"] == "deleted"


@pytest.mark.req("APP-08")
async def test_what_is_not_known_yet_is_tried_later(db, person, apply, started):
    cycle, item, _ = started
    early = apply(person, cycle, {**item, "plan_item_id": str(uuid4())})
    for handler, verb in ((on_application_completed, "Completed"), (on_application_confirmed, "Confirmed")):
        with pytest.raises(Transient):
            await deliver(db, handler, early.event(verb), version=6)
    assert (await person.get(f"/{cycle['cycle_id']}"))["total_zet"] == "0.00"


async def test_an_application_of_another_person_is_set_aside(db, person, stranger, apply, started):
    cycle, item, _ = started
    foreign = apply(stranger, cycle, item)
    with pytest.raises(Permanent):
        await deliver(db, on_application_completed, foreign.event("Completed"), version=6)


async def test_incredible_credits_are_set_aside(db, started):
    _, _, application = started
    with pytest.raises(Permanent):
        await deliver(db, on_application_completed, application.event("Completed", zet=Decimal(0)), version=6)


@pytest.mark.req("CYC-09")
async def test_the_day_of_completion_counts_not_the_day_of_recording(person, started):
    cycle, _, application = started
    await application.tell("Completed", 6, completed_on=date.fromisoformat(cycle["starts_on"]))
    progress = await person.get(f"/{cycle['cycle_id']}/progress")
    assert progress["years"][0]["zet"] == "72.00"
