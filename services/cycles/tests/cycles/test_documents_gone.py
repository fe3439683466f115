"""The register stops showing a document or a person: no offer any more, and nothing that was earned is lost (FRM-03)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_kit import clock
from nmo_kit.messaging import Envelope
from nmo_testkit import drain_outbox

EXAM_ON = clock.today() - timedelta(days=160)


async def offered(person: Any) -> list[str]:
    return [item["document_id"] for item in (await person.get("/offers"))["items"]]


async def journal(person: Any, cycle: dict[str, Any]) -> list[str]:
    query = text("select action from journal where object = :object order by at, id")
    async with person.db.read() as session:
        rows = await session.execute(query, {"object": f"cycle/{cycle['cycle_id']}"})
        return list(rows.scalars())


async def told(person: Any, cycle: dict[str, Any]) -> list[Envelope]:
    """What cycles told since the last call of the document of the cycle."""
    return [
        event
        for event in await drain_outbox(person.db)
        if ".cycle.document_" in event.type_name and event.data["cycle_id"] == cycle["cycle_id"]
    ]


@pytest.mark.req("FRM-03", "CYC-03")
@pytest.mark.parametrize("how", ["document", "person"])
async def test_a_document_that_is_gone_is_offered_no_more_and_comes_back(person: Any, how: str) -> None:
    gone = await person.document(version=2)
    other = await person.document(version=2, specialty_key="VO-097", specialty_name="Терапия")
    assert set(await offered(person)) == {str(gone), str(other)}
    if how == "document":
        await person.lose(gone, version=3)
        assert await offered(person) == [str(other)]
    else:
        await person.leave(version=3)
        assert await offered(person) == []
    refused = await person.call("POST", "", json={"document_id": str(gone)})
    assert (refused.status_code, refused.json()["code"]) == (409, "document_gone")
    assert "«Сверка данных»" in refused.json()["detail"]
    assert (await person.get())["items"] == []

    await person.document(version=2, document_id=gone)
    assert str(gone) not in await offered(person), "what was told before the removal brings nothing back"
    await person.document(version=5, document_id=gone)
    assert str(gone) in await offered(person)
    await person.lose(gone, version=4)
    assert str(gone) in await offered(person), "a removal that came late takes nothing away"


@pytest.mark.req("FRM-03")
@pytest.mark.parametrize("how", ["document", "person"])
async def test_a_removal_that_comes_first_is_remembered(person: Any, how: str) -> None:
    document_id = uuid4()
    if how == "document":
        await person.lose(document_id, version=3)
    else:
        await person.leave(version=3)
    await person.document(version=2, document_id=document_id)
    assert await offered(person) == []


@pytest.mark.req("FRM-03", "CYC-09")
async def test_an_open_cycle_stays_with_its_credits_and_is_marked(person: Any, apply: Any) -> None:
    document_id = uuid4()
    cycle = await person.open(document_id=document_id)
    path = f"/{cycle['cycle_id']}"
    application = apply(person, cycle, await person.planned(cycle))
    await application.tell("Confirmed", 2)
    await application.tell("Completed", 3)
    before = await person.get(path)
    assert (before["total_zet"], before["document"]["removed_at"]) == ("72.00", None)

    await person.lose(document_id, version=2)
    marked = await person.get(path)
    assert marked["document"].pop("removed_at") is not None
    assert marked.pop("version") > before.pop("version")
    before["document"].pop("removed_at")
    assert marked == before, "credits, dates and the document's own data stay"
    assert (await person.get(f"{path}/plan"))["cycle"]["document"]["removed_at"] is not None
    again = await person.document(document_id=uuid4(), version=2, exam_on=clock.today())
    assert await offered(person) == [str(again)]

    await person.document(document_id=document_id, version=3)
    assert (await person.get(path))["document"]["removed_at"] is None
    assert (await journal(person, cycle))[-2:] == [
        "cycles.cycle.document_gone",
        "cycles.cycle.document_back",
    ]


@pytest.mark.req("FRM-03", "CYC-03")
async def test_a_loss_is_told_once_and_its_end_too(person: Any) -> None:
    document_id = uuid4()
    cycle = await person.open(document_id=document_id)
    path = f"/{cycle['cycle_id']}"
    await person.lose(document_id, version=3)
    await person.lose(document_id, version=3)
    await person.leave(version=4)
    (lost,) = await told(person, cycle)
    shown = await person.get(path)
    since = shown["document"]["removed_at"]
    assert lost.type_name == "cycles.cycle.document_lost.v1"
    assert (lost.subjectversion, lost.causationid is not None) == (shown["version"], True)
    assert lost.data == {
        "cycle_id": cycle["cycle_id"],
        "person_id": str(person.person_id),
        "specialty_name": "Кардиология",
        "removed_at": since,
    }

    await person.document(document_id=document_id, version=2)
    await person.document(document_id=document_id, version=3)
    assert await told(person, cycle) == [], "told before the person left, come after: no new loss and no end"
    await person.document(document_id=document_id, version=6)
    await person.document(document_id=document_id, version=6)
    (found,) = await told(person, cycle)
    assert found.type_name == "cycles.cycle.document_found.v1"
    assert found.subjectversion > lost.subjectversion
    assert found.data == {name: lost.data[name] for name in ("cycle_id", "person_id", "specialty_name")}
    await person.lose(document_id, version=7)
    (again,) = await told(person, cycle)
    assert again.type_name == lost.type_name


@pytest.mark.req("FRM-03", "FRM-05")
@pytest.mark.parametrize("order", ["gone first", "come first"])
async def test_a_cycle_goes_on_with_the_document_that_the_register_gave_anew(person: Any, order: str) -> None:
    old, new = uuid4(), uuid4()
    cycle = await person.open(document_id=old)
    path = f"/{cycle['cycle_id']}"
    await told(person, cycle)
    exam_on = EXAM_ON + timedelta(days=4)
    far = {"exam_on": EXAM_ON - timedelta(days=400), "issued_on": EXAM_ON - timedelta(days=400)}
    await person.document(version=2, **far)
    given = {"document_id": new, "number": "032", "exam_on": exam_on, "issued_on": exam_on}
    if order == "gone first":
        await person.lose(old, version=3)
        assert (await person.get(path))["document"]["document_id"] == str(old), "another exam is no answer"
        await person.document(**given, version=4)
    else:
        await person.document(**given, version=4)
        await person.lose(old, version=3)
    after = await person.get(path)
    assert (after["document"]["document_id"], after["document"]["number"]) == (str(new), "032")
    assert (after["document"]["removed_at"], after["starts_on"]) == (None, str(exam_on))
    offers = {item["document_id"]: item["cycle_id"] for item in (await person.get("/offers"))["items"]}
    assert offers == {str(new): cycle["cycle_id"]}, "no second cycle"
    words = [event.type_name for event in await told(person, cycle)]
    turns = [f"cycles.cycle.document_{turn}.v1" for turn in ("lost", "found")]
    assert words == (turns if order == "gone first" else []), "what came in time was never lost"
    await person.document(document_id=old, number="1", version=5)
    assert (await person.get(path))["document"]["number"] == "032"


@pytest.mark.req("FRM-03", "REG-10")
async def test_a_diploma_that_is_gone_opens_no_first_cycle(person: Any) -> None:
    newcomer = person.newcomer()
    document_id = await newcomer.document(version=1)
    await newcomer.graduate(version=2)
    await newcomer.ungraduate(version=3)
    await newcomer.graduate(version=2)
    refused = await newcomer.call("POST", "", json={"document_id": str(document_id)})
    assert (refused.status_code, refused.json()["code"]) == (409, "questionnaire_required")
    await newcomer.graduate(version=5)
    await newcomer.ungraduate(version=4)
    opened = await newcomer.call("POST", "", json={"document_id": str(document_id)})
    assert opened.status_code == 201
