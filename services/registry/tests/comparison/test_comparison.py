"""Differences between the register and one's own data, and the answers about them (FRM-08)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from nmo_registry.comparison.rules import Side, document_fields
from nmo_registry.frmr.record import stable_id
from nmo_registry.own_documents.commands.replace import replace_by_register
from nmo_testkit.messages import drain_outbox
from services.registry.tests.own_documents.test_documents import World, world  # noqa: F401 a fixture

PATH = "/api/v1/register/comparison"


@pytest_asyncio.fixture(loop_scope="session")
async def known(world: World, registry: Any, upstream: Any) -> World:  # noqa: F811 the fixture
    """A person of the register whose extract was replaced by its record."""
    await world.sent(exam_on="2026-06-12", issued_on="2026-06-13")
    await registry.follower.follow()
    world.spec = stable_id("person", upstream.state.card(key="match")["oid"])
    async with world.db.write() as session:
        await session.execute(text("update own_document set specialist_id = :spec"), {"spec": world.spec})
        assert await replace_by_register(session) == 1
    return world


async def compared(person: World, **claims: Any) -> dict[str, Any]:
    answer = await person.client.get(PATH, headers=person.own(**claims))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def say(person: World, path: str, body: dict[str, Any], **claims: Any) -> Any:
    return await person.client.post(f"{PATH}{path}", json=body, headers=person.own(**claims))


async def disputes(person: World) -> list[dict[str, Any]]:
    """What support hears of."""
    name = "registry.difference.disputed.v1"
    return [event.data for event in await drain_outbox(person.db) if event.type_name == name]


@pytest.mark.req("FRM-08", "FRM-05")
async def test_what_was_typed_stands_beside_the_register_and_is_answered(known: World) -> None:
    found = await compared(known)
    (document,) = found["documents"]
    fields = [
        (item["field"], item["own"], item["register_value"], item["same"]) for item in document["fields"]
    ]
    # The extract had no number: its zeros are no difference.
    assert fields == [("exam_on", "2026-06-12", "2026-06-15", False)]

    path = f"/documents/{document['document_id']}"
    for choice in ("dispute", "dispute", "accept"):
        said = await say(known, path, {"field": "exam_on", "choice": choice})
        assert (said.status_code, said.json()["current"]) == (200, True), said.text
    # Said twice, told once.
    (told,) = await disputes(known)
    assert (told["field"], told["document"], told["own_value"], told["register_value"]) == (
        "exam_on", document["number"], "2026-06-12", "2026-06-15",
    )  # fmt: skip
    answers = (await compared(known))["answers"]
    assert [(item["choice"], item["own"], item["register_value"]) for item in answers] == [
        ("accept", "2026-06-12", "2026-06-15"), ("dispute", "2026-06-12", "2026-06-15"),
    ]  # fmt: skip
    # Nothing was overwritten: the document stays as typed, the register's as it was.
    assert (await known.see(document["document_id"]))["exam_on"] == "2026-06-12"
    rows = await known.rows(
        "select action, fields from journal where person_id = :person and action like 'registry.diff%' order by id"
    )
    assert [(row.action, row.fields) for row in rows] == [
        ("registry.difference.dispute", ["exam_on"]), ("registry.difference.accept", ["exam_on"]),
    ]  # fmt: skip
    assert (await say(known, path, {"field": "number", "choice": "accept"})).json()["code"] == "no_difference"
    elsewhere = await say(known, f"/documents/{uuid4()}", {"field": "exam_on", "choice": "accept"})
    assert elsewhere.status_code == 404


@pytest.mark.req("FRM-08", "SSO-05")
async def test_own_data_against_the_record_until_it_changes(
    known: World, registry: Any, upstream: Any
) -> None:
    version = (await compared(known))["register_version"]
    body = {
        "field": "last_name",
        "choice": "ask_employer",
        "own_value": "Орлова",
        "register_version": version,
    }

    said = await say(known, "/person", body)

    assert (said.json()["register_value"], said.json()["own"]) == ("Журавская", "Орлова")
    same = await say(known, "/person", {**body, "own_value": "ЖУРАВСКАЯ"})
    assert (same.status_code, same.json()["code"]) == (409, "no_difference")
    sealed = (await known.rows("select own_sealed, register_sealed from difference_answer"))[0]
    assert "Орлова".encode() not in bytes(sealed.own_sealed)
    assert "Журавская".encode() not in bytes(sealed.register_sealed)

    upstream.patch("match", lastName="Журавлёва")
    await registry.follower.follow()
    assert [item["current"] for item in (await compared(known))["answers"]] == [False]
    assert (await say(known, "/person", body)).json()["code"] == "register_moved"


@pytest.mark.req("FRM-08", "MAT-06")
async def test_who_is_kept_out_answers_without_seeing_the_record(world: World) -> None:  # noqa: F811 the fixture
    body = {"field": "patronymic", "choice": "dispute", "own_value": "Николаевич", "reference": "7f3a90c1"}
    said = await say(world, "/person", body, entry="conflict")
    assert (said.status_code, said.json()["register_value"]) == (200, None)
    (told,) = await disputes(world)
    assert (told["field"], told["reference"], told["own_value"]) == ("patronymic", "7f3a90c1", None)
    assert "Николаевич" not in str(told)
    assert len((await compared(world, entry="conflict"))["answers"]) == 1
    stranger = World(world.client, world.tokens, world.db, world.people)
    assert (await compared(stranger))["answers"] == []
    assert (await say(world, "/person", {**body, "field": "snils"})).status_code == 422


def test_series_and_number_are_compared_where_both_have_them() -> None:
    day = date(2026, 9, 14)
    typed = Side("accreditation", "77", "0031", day, day)
    found = Side("accreditation", "7726", "0031", day, day)
    assert [(item.field, item.same) for item in document_fields(typed, found)] == [
        ("exam_on", True), ("issued_on", True), ("series", False), ("number", True),
    ]  # fmt: skip
    extract = Side("accreditation_protocol", "", "0000", day, day)
    assert [item.field for item in document_fields(extract, found)] == ["exam_on"]
