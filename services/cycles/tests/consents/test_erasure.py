"""After the erasure the ledger and its cycles stay, as the law has it, and nothing else of the person."""

from uuid import uuid4

import pytest

from nmo_contracts.identity import PersonErasedV1
from nmo_cycles.base import Model
from nmo_cycles.consents.consumers import HEEDING
from nmo_kit import clock
from nmo_testkit import deliver, drain_outbox
from nmo_testkit.remains import MOVING, rows_of, tables_with

_, _, ON_ERASED = HEEDING.handlers()
KEPT = {"cycle", "credit_entry"}
BY_SPECIALIST = {"registry_document_copy"}
"""What the register told of a specialist; whose record it is, identity alone knew."""


def erased(person):
    return PersonErasedV1(person_id=person.person_id, order_id=uuid4(), erased_at=clock.now())


async def worked(person, apply):
    """A cycle with a credit and an item in work, one with a plan alone; the questionnaire is filled in."""
    credited = await person.open(series="7788", number="040404040")
    done, begun = await person.planned(credited), await person.planned(credited)
    await apply(person, credited, done).tell("Completed", 1)
    await apply(person, credited, begun).tell("Submitted", 1)
    empty = await person.open(
        specialty_key="VO-097", specialty_name="Терапия", series="7799", number="050505050"
    )
    planned = await person.planned(empty, specialty_keys=["VO-097"])
    await person.fill_questionnaire()
    return credited, done, begun, empty, planned


@pytest.mark.req("P14", "T24", "SSO-05", "CYC-09")
async def test_only_what_the_law_keeps_is_left(db, person, stranger, apply):
    credited, done, begun, empty, planned = await worked(person, apply)
    theirs = await stranger.open(series="7755", number="060606060")
    await stranger.planned(theirs)
    await stranger.fill_questionnaire()
    ledger = [row for row in (await rows_of(db))["credit_entry"] if str(person.person_id) in row]
    assert len(ledger) == 1
    others = {
        table: [row for row in rows if str(stranger.person_id) in row or theirs["cycle_id"] in row]
        for table, rows in (await rows_of(db)).items()
    }
    await drain_outbox(db)

    order = erased(person)
    assert await deliver(db, ON_ERASED, order) == "handled"

    assert await tables_with(db, str(person.person_id)) == KEPT
    assert await tables_with(db, "040404040", "050505050", without=MOVING | BY_SPECIALIST) == set()
    assert await tables_with(db, empty["cycle_id"], planned["plan_item_id"], begun["plan_item_id"]) == set()
    rows = await rows_of(db)
    assert [row for row in rows["credit_entry"] if str(person.person_id) in row] == ledger
    (kept,) = [row for row in rows["plan_item"] if credited["cycle_id"] in row]
    assert done["plan_item_id"] in kept
    assert {
        table: [row for row in found if str(stranger.person_id) in row or theirs["cycle_id"] in row]
        for table, found in rows.items()
    } == others
    (forgotten,) = await drain_outbox(db)
    assert forgotten.type_name == "cycles.person.forgotten.v1"
    assert forgotten.data["destroyed"]["cycle"] == 1
    assert set(forgotten.data["kept"]) == KEPT


@pytest.mark.req("P14")
async def test_a_second_delivery_changes_nothing(db, person, apply):
    await worked(person, apply)
    order, event_id = erased(person), uuid4()
    assert await deliver(db, ON_ERASED, order, event_id=event_id) == "handled"
    before = await rows_of(db)
    await drain_outbox(db)
    assert await deliver(db, ON_ERASED, order, event_id=event_id) == "duplicate"
    assert await drain_outbox(db) == []
    assert await deliver(db, ON_ERASED, order) == "handled"
    assert await rows_of(db) == before


@pytest.mark.req("P14", "T24")
def test_every_table_about_people_is_named():
    """A new one must say what becomes of it."""
    about = {
        table.name
        for table in Model.metadata.tables.values()
        if {"person_id", "cycle_id", "plan_item_id"} & set(table.columns.keys())
    }
    assert about - KEPT == {
        "own_document_copy",
        "applications_application_copy", "plan_item", "threshold_mark", "questionnaire_mark",
    }  # fmt: skip
