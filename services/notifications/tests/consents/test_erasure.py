"""After the erasure no message and no fact about the person is left; places in partners' logs stay, empty."""

from uuid import uuid4

import pytest

from nmo_contracts.identity import PersonErasedV1
from nmo_kit import clock
from nmo_kit.messaging import Envelope
from nmo_notifications.base import Model
from nmo_notifications.consents.consumers import on_person_erased
from nmo_notifications.partners import early
from nmo_testkit import deliver, drain_outbox
from nmo_testkit.remains import rows_of, tables_with


def erased(world):
    return PersonErasedV1(person_id=world.person_id, order_id=uuid4(), erased_at=clock.now())


async def told(world):
    """Messages and letters to the person and to another, and both in a partner's log with a webhook waiting."""
    stranger = uuid4()
    for person_id in (world.person_id, stranger):
        world.know(person_id)
        await world.consent(person_id)
        await world.tell(world.event(person_id=person_id, number="NMO-0000077-2026"))
    await world.sender.send_due()
    await world.subscribe()
    await world.subscribe("webhook")
    own, theirs = world.event(), world.event(person_id=stranger)
    await world.project(own)
    await world.project(theirs)
    async with world.db.write() as session:
        await early.keep(session, Envelope.of(world.event(), version=9), world.person_id, now=clock.now())
    await drain_outbox(world.db)
    return stranger, own, theirs


@pytest.mark.req("P14", "T24", "SSO-05", "PAR-05")
async def test_nothing_of_the_person_is_left(world):
    stranger, own, theirs = await told(world)
    assert len((await world.feed())["events"]) == 2
    assert await tables_with(world.db, str(world.person_id)) >= {"message", "partner_event", "early_fact"}
    before = {
        table: [row for row in rows if str(stranger) in row]
        for table, rows in (await rows_of(world.db)).items()
    }

    order = erased(world)
    assert await deliver(world.db, on_person_erased, order) == "handled"

    assert await tables_with(world.db, str(world.person_id)) == set()
    rows = await rows_of(world.db)
    assert {table: [row for row in found if str(stranger) in row] for table, found in rows.items()} == before
    assert (len(rows["message"]), len(rows["delivery_job"]), len(rows["delivery_attempt"])) == (1, 1, 1)
    assert len(rows["partner_event"]) == 2, "a place in a log stays, or partners would miss one"
    assert [event["data"]["application_id"] for event in (await world.feed())["events"]] == [
        str(theirs.application_id)
    ]
    await world.dispatch()
    (sent,) = [body for _, body in world.receiver.got]
    assert str(theirs.application_id) in sent.decode()
    assert str(own.application_id) not in sent.decode()
    forgotten = [
        event for event in await drain_outbox(world.db) if event.type_name.endswith("person.forgotten.v1")
    ]
    assert [event.data["destroyed"]["message"] for event in forgotten] == [1]


@pytest.mark.req("P14")
async def test_a_second_delivery_changes_nothing(world):
    await told(world)
    order, event_id = erased(world), uuid4()
    assert await deliver(world.db, on_person_erased, order, event_id=event_id) == "handled"
    before = await rows_of(world.db)
    await drain_outbox(world.db)
    assert await deliver(world.db, on_person_erased, order, event_id=event_id) == "duplicate"
    assert await drain_outbox(world.db) == []
    assert await deliver(world.db, on_person_erased, order) == "handled"
    assert await rows_of(world.db) == before
    (again,) = await drain_outbox(world.db)
    assert again.data["destroyed"] == {}


@pytest.mark.req("P14", "T24")
def test_every_table_about_people_is_named():
    """A new one must say what becomes of it."""
    about = {table.name for table in Model.metadata.tables.values() if "person_id" in table.columns}
    assert about == {"message", "partner_event", "early_fact"}
