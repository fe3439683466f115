"""Seats follow the applications, whatever order their events come in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_catalog.elements.commands.archive import archive_element
from nmo_catalog.elements.tables import Element
from nmo_catalog.seats.consumers import on_application_ended, on_application_submitted
from nmo_contracts import applications as contracts
from nmo_kit import clock
from nmo_testkit import deliver, drain_outbox

ENDINGS = [
    contracts.ApplicationRejectedV1,
    contracts.ApplicationWithdrawnV1,
    contracts.ApplicationDeletedV1,
    contracts.ApplicationFailedV1,
]


def event(model, element, application_id, **extra):
    if model is contracts.ApplicationRejectedV1:
        extra.setdefault("reason_code", "organization")
    return model(
        application_id=application_id,
        number="NMO-0000001-2026",
        person_id=uuid4(),
        cycle_id=uuid4(),
        plan_item_id=uuid4(),
        element_id=element.id,
        organization_id=element.organization_id,
        occurred_at=clock.now(),
        **extra,
    )


async def held(db, element):
    async with db.read() as session:
        return (await session.get_one(Element, element.id)).seats_held


async def submit(db, element, application_id, version=2, event_id=None):
    return await deliver(
        db,
        on_application_submitted,
        event(contracts.ApplicationSubmittedV1, element, application_id),
        version=version,
        event_id=event_id,
    )


async def answers(db):
    return [(found.type_name.split(".")[2], found.data) for found in await drain_outbox(db)]


@pytest.fixture
async def element(db, publish):
    (found,) = await publish({"seats_total": 2})
    await drain_outbox(db)
    return found


@pytest.mark.req("CAT-07")
async def test_a_submission_holds_a_seat_and_says_how_many_are_left(db, element):
    application_id = uuid4()
    await submit(db, element, application_id)
    (found,) = await drain_outbox(db)
    assert found.type_name == "catalog.seat.held.v1"
    assert found.subject == f"application_seat/{application_id}"
    assert found.data["seats_left"] == 1
    assert found.causationid is not None
    assert await held(db, element) == 1


@pytest.mark.req("CAT-07")
async def test_the_same_event_twice_holds_one_seat(db, element):
    application_id, event_id = uuid4(), uuid4()
    assert await submit(db, element, application_id, event_id=event_id) == "handled"
    assert await submit(db, element, application_id, event_id=event_id) == "duplicate"
    assert await held(db, element) == 1
    assert len(await drain_outbox(db)) == 1


@pytest.mark.req("CAT-07")
async def test_a_second_submission_after_a_request_for_documents_keeps_the_seat(db, element):
    application_id = uuid4()
    await submit(db, element, application_id, version=2)
    await submit(db, element, application_id, version=4)
    assert [kind for kind, _ in await answers(db)] == ["held", "held"]
    assert await held(db, element) == 1


@pytest.mark.req("CAT-07")
async def test_a_submission_for_another_element_frees_the_first_ones_seat(db, publish):
    first, second = await publish({"seats_total": 2}, {"seats_total": 1})
    application_id = uuid4()
    await submit(db, first, application_id, version=2)
    await submit(db, second, application_id, version=4)
    assert (await held(db, first), await held(db, second)) == (0, 1)


@pytest.mark.req("CAT-07")
async def test_without_seats_the_submission_is_refused(db, element):
    for _ in range(3):
        await submit(db, element, uuid4())
    kinds = await answers(db)
    assert [kind for kind, _ in kinds] == ["held", "held", "refused"]
    assert kinds[-1][1]["reason"] == "no_seats"
    assert await held(db, element) == 2


@pytest.mark.req("CAT-07")
@pytest.mark.parametrize("model", ENDINGS)
async def test_an_ended_application_gives_its_seat_back_once(db, element, model):
    application_id = uuid4()
    await submit(db, element, application_id, version=2)
    await deliver(db, on_application_ended, event(model, element, application_id), version=3)
    await deliver(db, on_application_ended, event(model, element, application_id), version=4)
    kinds = await answers(db)
    assert [kind for kind, _ in kinds] == ["held", "released"]
    assert kinds[-1][1]["seats_left"] == 2
    assert await held(db, element) == 0


@pytest.mark.req("CAT-07")
async def test_a_submission_arriving_after_the_withdrawal_holds_nothing(db, element):
    application_id = uuid4()
    withdrawn = event(contracts.ApplicationWithdrawnV1, element, application_id)
    await deliver(db, on_application_ended, withdrawn, version=3)
    await submit(db, element, application_id, version=2)
    assert await drain_outbox(db) == []
    assert await held(db, element) == 0


async def test_a_refused_application_that_is_rejected_frees_nothing(db, element):
    ids = [uuid4() for _ in range(3)]
    for application_id in ids:
        await submit(db, element, application_id)
    await drain_outbox(db)
    rejected = event(contracts.ApplicationRejectedV1, element, ids[2], reason_code="no_seats")
    await deliver(db, on_application_ended, rejected, version=3)
    assert await drain_outbox(db) == []
    assert await held(db, element) == 2


@pytest.mark.req("CAT-07")
async def test_archived_begun_and_unknown_elements_take_nobody(db, publish):
    archived, begun = await publish({}, {"starts_on": clock.today() - timedelta(days=1)})
    async with db.write() as session:
        assert await archive_element(session, archived.id, at=clock.now())
        assert not await archive_element(session, uuid4(), at=clock.now())
    unknown = begun.model_copy(update={"id": uuid4()})
    told = await drain_outbox(db)
    assert (told[-1].type_name, told[-1].subjectversion) == ("catalog.element.archived.v1", 2)
    for element, reason in ((archived, "archived"), (begun, "started"), (unknown, "archived")):
        await submit(db, element, uuid4())
        ((kind, data),) = await answers(db)
        assert (kind, data["reason"]) == ("refused", reason)


async def test_an_element_without_a_limit_takes_everybody(db, publish):
    (element,) = await publish({"seats_total": None})
    await drain_outbox(db)
    for _ in range(3):
        await submit(db, element, uuid4())
    assert {kind for kind, _ in await answers(db)} == {"held"}
    assert await held(db, element) == 3


async def test_seats_leave_a_line_in_the_journal(db, element):
    application_id = uuid4()
    await submit(db, element, application_id)
    async with db.read() as session:
        rows = (
            await session.execute(
                text("select actor, action, result from journal where object = :object"),
                {"object": f"application/{application_id}"},
            )
        ).all()
    assert [tuple(row) for row in rows] == [("catalog.seats", "catalog.seat.held", "ok")]
