"""Cycles on documents that a person added by hand, and what becomes of them later (FRM-05)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from nmo_contracts.identity import PersonErasedV1
from nmo_contracts.registry import DocumentMovedV1, DocumentReplacedV1, DocumentSentV1
from nmo_cycles.consents.consumers import HEEDING
from nmo_cycles.cycles.consumers import on_document_moved, on_document_replaced, on_document_sent
from nmo_cycles.cycles.rules import last_day
from nmo_kit import clock
from nmo_testkit import deliver

EXAM_ON = clock.today() - timedelta(days=160)
NUMBER = "ДОК-0000001-2026"


async def added(person: Any, document_id: UUID, *, version: int = 1, **values: Any) -> None:
    base: dict[str, Any] = {
        "document_id": document_id,
        "person_id": person.person_id,
        "number": NUMBER,
        "kind": "accreditation_protocol",
        "specialty_key": "VO-027",
        "specialty_name": "Кардиология",
        "document_series": "",
        "document_number": "0000000",
        "exam_on": EXAM_ON,
        "issued_on": EXAM_ON,
        "due_at": clock.now(),
    }
    await deliver(person.db, on_document_sent, DocumentSentV1(**base | values), version=version)


async def moved(person: Any, document_id: UUID, outcome: Any, *, version: int) -> None:
    told = DocumentMovedV1(
        document_id=document_id,
        person_id=person.person_id,
        number=NUMBER,
        outcome=outcome,
        occurred_at=clock.now(),
    )
    await deliver(person.db, on_document_moved, told, version=version)


async def replaced(person: Any, document_id: UUID, by: UUID, *, version: int, **values: Any) -> None:
    base: dict[str, Any] = {
        "document_id": document_id,
        "person_id": person.person_id,
        "number": NUMBER,
        "replaced_by": by,
        "kind": "accreditation",
        "specialty_key": "VO-027",
        "specialty_name": "Кардиология",
        "document_series": "7726",
        "document_number": "031",
        "exam_on": EXAM_ON + timedelta(days=2),
        "issued_on": EXAM_ON + timedelta(days=9),
        "valid_until": None,
        "occurred_at": clock.now(),
    }
    await deliver(person.db, on_document_replaced, DocumentReplacedV1(**base | values), version=version)


async def opened(person: Any, document_id: UUID) -> dict[str, Any]:
    answer = await person.call("POST", "", json={"document_id": str(document_id)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.req("FRM-05")
@pytest.mark.parametrize("register_first", [True, False])
async def test_the_registers_record_takes_over_without_a_second_cycle(
    person: Any, register_first: bool
) -> None:
    own, official = uuid4(), uuid4()
    exam_on = EXAM_ON + timedelta(days=2)
    told = {"document_id": official, "number": "031", "exam_on": exam_on, "issued_on": exam_on}
    await added(person, own)
    (offer,) = (await person.get("/offers"))["items"]
    assert (offer["document_id"], offer["confirmed"], offer["number"]) == (str(own), False, "0000000")
    cycle = await opened(person, own)
    if register_first:
        await person.document(**told)
        refused = await person.call("POST", "", json={"document_id": str(official)})
        assert (refused.status_code, refused.json()["code"]) == (409, "cycle_overlaps")

    await replaced(person, own, official, version=2)
    await replaced(person, own, official, version=2)
    if not register_first:
        await person.document(**told)

    (after,) = (await person.get())["items"]
    assert after["cycle_id"] == cycle["cycle_id"]
    assert (after["document"]["document_id"], after["document"]["number"]) == (str(official), "031")
    assert (after["starts_on"], after["ends_on"]) == (str(exam_on), str(last_day(exam_on)))
    (offer,) = (await person.get("/offers"))["items"]
    assert (offer["document_id"], offer["cycle_id"]) == (str(official), cycle["cycle_id"])
    assert (await person.call("POST", "", json={"document_id": str(own)})).status_code == 404


@pytest.mark.req("FRM-04", "FRM-05")
async def test_a_refused_document_opens_nothing_and_a_corrected_one_moves_the_cycle(person: Any) -> None:
    own = uuid4()
    await added(person, own)
    cycle = await opened(person, own)
    await moved(person, own, "refused", version=2)
    assert (await person.get("/offers"))["items"] == []
    assert len((await person.get())["items"]) == 1
    day = EXAM_ON + timedelta(days=1)
    await added(person, own, version=3, exam_on=day, issued_on=day)
    assert (await person.get(f"/{cycle['cycle_id']}"))["starts_on"] == str(day)
    await moved(person, own, "verified", version=4)
    await added(person, own, version=3)
    (offer,) = (await person.get("/offers"))["items"]
    assert (offer["confirmed"], offer["cycle_id"]) == (True, cycle["cycle_id"])


@pytest.mark.req("FRM-04", "SSO-05")
async def test_others_do_not_see_it_and_erasure_takes_it(person: Any, stranger: Any) -> None:
    own = uuid4()
    await added(person, own)
    assert (await stranger.call("POST", "", json={"document_id": str(own)})).status_code == 404
    erased = PersonErasedV1(person_id=person.person_id, order_id=uuid4(), erased_at=clock.now())
    await deliver(person.db, HEEDING.handlers()[2], erased, version=1)
    assert (await person.get("/offers"))["items"] == []


@pytest.mark.req("FRM-05", "FRM-07")
async def test_two_cycles_of_a_split_specialty_that_come_to_one_document_both_stay(person: Any) -> None:
    own, official = uuid4(), uuid4()
    await added(person, own, specialty_key="VO-097", specialty_name="Терапия")
    mine = await opened(person, own)
    await person.document(document_id=official)
    other = await opened(person, official)
    await replaced(person, own, official, version=2)
    shown = {item["cycle_id"]: item["document"]["document_id"] for item in (await person.get())["items"]}
    assert shown == {mine["cycle_id"]: str(own), other["cycle_id"]: str(official)}
