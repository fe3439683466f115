"""After the erasure nothing of the person is left here but what the law keeps; a second delivery changes nothing."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_applications.base import Model
from nmo_applications.consents.consumers import HEEDING
from nmo_contracts.identity import PersonErasedV1
from nmo_kit import clock
from nmo_testkit import deliver, drain_outbox
from nmo_testkit.remains import rows_of, tables_with

_, _, ON_ERASED = HEEDING.handlers()
API, REQUESTS = "/api/v1/applications", "/api/v1/requests"
WORDS = ("Врач-сурдолог-протезист", "Клиника «Зимородок»", "Нечаянная улица", "Передумала из-за переезда")
FORM = {
    "employment": "employed",
    "position": WORDS[0],
    "workplace_name": WORDS[1],
    "workplace_address": f"г. Москва, {WORDS[2]}, д. 7",
    "region_code": "77",
    "basis": "contract",
    "payer": "legal_entity",
}


async def filled(world, application):
    path = f"{API}/{application['application_id']}"
    answer = await world.http.patch(path, json=FORM, headers=world.person)
    assert answer.status_code == 200, answer.text
    return application


async def sent(world):
    drafted = await filled(world, await world.draft())
    answer = await world.http.post(f"{API}/{drafted['application_id']}/submit", headers=world.person)
    assert answer.status_code == 200, answer.text
    return drafted


async def asked_support(world):
    """A request with words and new data, as the person wrote them."""
    body = {
        "kind": "data_change",
        "topic": "Смена фамилии",
        "text": "Вышла замуж",
        "values": {"last_name": "Белова"},
    }
    headers = world.headers(sub=world.person_id, roles=("person",), entry="full")
    answer = await world.http.post(REQUESTS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def all_kinds(world):
    """One of each: looked at, taken back with a reason, begun, and taught to the end."""
    looked_at = await sent(world)
    paper = f"{API}/{looked_at['application_id']}/documents/application.pdf"
    assert (await world.http.get(paper, headers=world.person)).status_code == 200
    taken_back = await sent(world)
    path = f"{API}/{taken_back['application_id']}/withdraw"
    assert (await world.http.post(path, json={"reason": WORDS[3]}, headers=world.person)).status_code == 200
    begun = await filled(world, await world.draft())
    taught = await world.submitted()
    for what in ("confirm", "enrol"):
        assert (await world.organization_does(taught, what)).status_code == 200
    done = {"passed": True, "completed_on": str(clock.today()), "certificate_number": "77-1"}
    assert (await world.organization_does(taught, "complete", **done)).status_code == 200
    await asked_support(world)
    return looked_at, taken_back, begun, taught


def erased(world):
    return PersonErasedV1(person_id=world.person_id, order_id=uuid4(), erased_at=clock.now())


async def row_of(world, application):
    async with world.db.read() as session:
        found = await session.execute(
            text("select * from application where id = :id"), {"id": application["application_id"]}
        )
        return dict(found.mappings().one())


@pytest.mark.req("P14", "T24", "SSO-05")
async def test_only_what_the_law_keeps_is_left(world):
    looked_at, taken_back, begun, taught = await all_kinds(world)
    stranger, owner = uuid4(), world.person_id
    world.person_id = stranger
    theirs = await world.submitted()
    world.person_id = owner
    kept = await row_of(world, taught), await row_of(world, theirs)
    await drain_outbox(world.db)
    assert await tables_with(world.db, *WORDS) >= {"application", "application_move"}

    order = erased(world)
    assert await deliver(world.db, ON_ERASED, order) == "handled"

    assert await tables_with(world.db, *WORDS) == set()
    assert (await row_of(world, taught), await row_of(world, theirs)) == kept
    for application in (looked_at, taken_back, begun):
        row = await row_of(world, application)
        assert row["status"] == "withdrawn"
        assert {row[name] for name in (*FORM, "applicant", "employer_oid", "reason")} == {None}
    rows = await rows_of(world.db)
    assert (rows["support_message"], rows["support_change"]) == ([], [])
    async with world.db.read() as session:
        (request,) = (await session.execute(text("select * from support_request"))).mappings()
        papers = (await session.execute(text("select application_id from issued_document"))).scalars().all()
    assert (request["status"], bytes(request["topic_sealed"]), request["reference"]) == ("closed", b"", None)
    assert str(looked_at["application_id"]) not in {str(paper) for paper in papers}
    *withdrawn, forgotten = await drain_outbox(world.db)
    assert [(event.type_name, event.data["application_id"]) for event in withdrawn] == [
        ("applications.application.withdrawn.v1", application["application_id"])
        for application in (looked_at, begun)
    ]
    assert forgotten.type_name == "applications.person.forgotten.v1"
    assert forgotten.data["order_id"] == str(order.order_id)
    assert forgotten.data["destroyed"]["application.withdrawn"] == 2
    assert "273-ФЗ" in "".join(forgotten.data["kept"].values())


@pytest.mark.req("P14")
async def test_a_second_delivery_changes_nothing(world):
    await all_kinds(world)
    order, event_id = erased(world), uuid4()
    assert await deliver(world.db, ON_ERASED, order, event_id=event_id) == "handled"
    before = await rows_of(world.db)
    await drain_outbox(world.db)
    assert await deliver(world.db, ON_ERASED, order, event_id=event_id) == "duplicate"
    assert await drain_outbox(world.db) == []
    assert await deliver(world.db, ON_ERASED, order) == "handled"
    assert await rows_of(world.db) == before
    (told,) = await drain_outbox(world.db)
    assert told.type_name == "applications.person.forgotten.v1"
    assert "application.withdrawn" not in told.data["destroyed"]


@pytest.mark.req("P14", "T24")
def test_every_table_about_people_is_named():
    """A new one must say what becomes of it."""
    about = {
        table.name
        for table in Model.metadata.tables.values()
        if {"person_id", "application_id", "request_id"} & set(table.columns.keys())
    }
    assert about == {
        "application", "application_move", "issued_document", "support_request", "support_message", "support_change",
        # Times and roles of steps at a request whose words are gone.
        "support_move",
    }  # fmt: skip
