"""Events that make and move applications: once, in any order."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from nmo_applications.enrolment.commands.draft import take_number
from nmo_applications.enrolment.consumers import (
    on_plan_item_added,
    on_plan_item_removed,
    on_seat_held,
    on_seat_refused,
)
from nmo_applications.programmes.consumers import on_element_archived
from nmo_contracts.catalog import ElementArchivedV1, SeatHeldV1, SeatRefusedV1
from nmo_contracts.cycles import PlanItemAddedV1, PlanItemRemovedV1
from nmo_kit.ids import uuid7
from nmo_kit.messaging import Transient
from nmo_testkit import deliver, drain_outbox

API = "/api/v1/applications"


def added(world, element_id, **values):
    return PlanItemAddedV1(
        **{
            "cycle_id": uuid4(),
            "person_id": world.person_id,
            "plan_item_id": uuid4(),
            "element_id": element_id,
            "element_kind": "programme",
            "organization_id": world.organization_id,
            "specialty_key": "VO-027",
            **values,
        }
    )


async def listed(world, **params):
    return (await world.http.get(API, params=params, headers=world.person)).json()["items"]


@pytest.mark.req("APP-01")
async def test_a_chosen_programme_becomes_a_numbered_application_once(world):
    event = added(world, await world.element())
    event_id = uuid7()
    assert await deliver(world.db, on_plan_item_added, event, event_id=event_id) == "handled"
    assert await deliver(world.db, on_plan_item_added, event, event_id=event_id) == "duplicate"
    await deliver(world.db, on_plan_item_added, event)
    (application,) = await listed(world)
    year = datetime.now(UTC).year
    assert application["number"] == f"NMO-0000001-{year}"
    assert application["status_title"] == "Формируется заявка"
    assert application["allowed"] == ["edit", "submit", "withdraw", "delete"]
    (drafted,) = await drain_outbox(world.db)
    assert drafted.type_name == "applications.application.drafted.v1"
    assert drafted.subjectversion == application["version"]
    assert drafted.data["plan_item_id"] == str(event.plan_item_id)


async def test_events_and_modules_need_no_application(world):
    await deliver(world.db, on_plan_item_added, added(world, uuid4(), element_kind="event"))
    assert await listed(world) == []


async def test_a_choice_that_overtakes_the_card_waits_for_it(world):
    with pytest.raises(Transient):
        await deliver(world.db, on_plan_item_added, added(world, uuid4()))


@pytest.mark.req("APP-01")
async def test_numbers_are_unique_and_without_gaps_under_load(world):
    moment = datetime(2026, 6, 1, tzinfo=UTC)

    async def take(fail):
        async with world.db.write() as session:
            number = await take_number(session, moment)
            if fail:
                raise ConnectionError
            return number

    taken = await asyncio.gather(*(take(n % 5 == 0) for n in range(60)), return_exceptions=True)
    numbers = sorted(number for number in taken if isinstance(number, str))
    assert numbers == [f"NMO-{n:07d}-2026" for n in range(1, 49)]


@pytest.mark.req("APP-01")
async def test_the_year_of_a_number_is_that_of_moscow(world):
    async with world.db.write() as session:
        assert await take_number(session, datetime(2026, 12, 31, 21, 30, tzinfo=UTC)) == "NMO-0000001-2027"


async def test_removal_that_overtakes_the_choice_leaves_nothing(world):
    event = added(world, await world.element())
    removed = PlanItemRemovedV1(
        cycle_id=event.cycle_id,
        person_id=world.person_id,
        plan_item_id=event.plan_item_id,
        element_id=event.element_id,
    )
    await deliver(world.db, on_plan_item_removed, removed)
    await deliver(world.db, on_plan_item_removed, removed)
    await deliver(world.db, on_plan_item_added, event)
    assert await listed(world) == []


@pytest.mark.parametrize(
    ("submit", "status", "deleted"), [(False, "draft", True), (True, "withdrawn", False)]
)
async def test_removal_from_the_plan_ends_the_application(world, submit, status, deleted):
    application = await (world.submitted() if submit else world.draft())
    removed = PlanItemRemovedV1(
        cycle_id=application["cycle_id"],
        person_id=world.person_id,
        plan_item_id=application["plan_item_id"],
        element_id=application["element"]["element_id"],
    )
    await deliver(world.db, on_plan_item_removed, removed)
    (found,) = await listed(world, deleted=deleted)
    assert found["status"] == status
    last = (await drain_outbox(world.db))[-1]
    assert last.type_name == f"applications.application.{'withdrawn' if submit else 'deleted'}.v1"
    assert last.causationid is not None


async def test_refused_seat_rejects_with_words(world):
    application = await world.submitted(seat=False)
    assert application["seat"] == "pending"
    refusal = SeatRefusedV1(
        application_id=application["application_id"],
        element_id=application["element"]["element_id"],
        reason="no_seats",
    )
    await deliver(world.db, on_seat_refused, refusal)
    (found,) = await listed(world)
    assert (found["status"], found["seat"], found["reason_code"]) == ("rejected", "refused", "no_seats")
    assert "мест не осталось" in found["reason"]
    last = (await drain_outbox(world.db))[-1]
    assert last.data["reason_code"] == "no_seats"


async def test_late_answers_about_a_seat_change_nothing_decided(world):
    application = await world.submitted()
    ids = {
        "application_id": application["application_id"],
        "element_id": application["element"]["element_id"],
    }
    assert (await world.organization_does(application, "confirm")).status_code == 200
    assert await deliver(world.db, on_seat_held, SeatHeldV1(**ids, seats_left=1), version=5) == "handled"
    late = SeatRefusedV1(**ids, reason="no_seats")
    assert await deliver(world.db, on_seat_refused, late, version=2) == "stale"
    (found,) = await listed(world)
    assert (found["status"], found["seat"]) == ("confirmed", "held")


async def test_seat_of_an_unknown_application_is_ignored(world):
    await deliver(
        world.db, on_seat_held, SeatHeldV1(application_id=uuid4(), element_id=uuid4(), seats_left=1)
    )


async def test_archived_programme_stays_readable(world):
    application = await world.draft()
    element_id = application["element"]["element_id"]
    await deliver(world.db, on_element_archived, ElementArchivedV1(element_id=element_id), version=9)
    await deliver(world.db, on_element_archived, ElementArchivedV1(element_id=uuid4()))
    (found,) = await listed(world)
    assert found["element"]["title"] == application["element"]["title"]


async def test_a_changed_card_is_shown_and_an_older_one_is_not(world):
    application = await world.draft()
    element_id = application["element"]["element_id"]
    await world.element(element_id=element_id, title="Новое название", version=7)
    await world.element(element_id=element_id, title="Старое название", version=3)
    (found,) = await listed(world)
    assert found["element"]["title"] == "Новое название"
