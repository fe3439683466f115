"""Disputed data of the register become a request by themselves: one, whatever is disputed and however often (FRM-08)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from nmo_applications.requests.consumers import on_difference_disputed
from nmo_applications.requests.rules import Disputed, Kind, kinds_for
from nmo_contracts.purposes import MAIN
from nmo_contracts.registry import DifferenceDisputedV1
from nmo_kit.consents import note
from nmo_testkit import deliver, drain_outbox

API = "/api/v1/requests"
NOW = datetime(2026, 5, 25, 7, 30, tzinfo=UTC)
PATRONYMIC = {"field": "patronymic", "reference": "7f3a90c1"}
EXAM = {
    "field": "exam_on",
    "document": "ДОК-0000011-2026",
    "specialty_name": "Кардиология",
    "own_value": "2026-06-12",
    "register_value": "2026-06-15",
}


async def dispute(support: Any, event_id: UUID | None = None, **told: Any) -> Any:
    event = DifferenceDisputedV1(
        answer_id=uuid4(), person_id=support.world.person_id, occurred_at=NOW, **told
    )
    world = support.world
    return await deliver(world.db, on_difference_disputed, event, event_id=event_id, context=world.runtime)


async def requests(support: Any) -> list[dict[str, Any]]:
    """All of the person, the newest first."""
    answer = await support.http.get(API, headers=support.person())
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.req("FRM-08", "SUP-01", "MAT-06")
async def test_a_dispute_opens_a_request_and_the_next_ones_go_on_in_it(support: Any) -> None:
    event_id = uuid4()
    await dispute(support, event_id, **PATRONYMIC)
    assert str(await dispute(support, event_id, **PATRONYMIC)) == "duplicate"
    (line,) = await requests(support)
    assert (line["kind"], line["status"]) == ("verification", "new")
    opened = await drain_outbox(support.world.db)
    assert [event.type_name for event in opened] == ["applications.request.opened.v1"], (
        "the letter is sent of it"
    )
    seen = await support.seen(line["request_id"])
    assert (seen["topic"], seen["reference"]) == ("Спор с данными регистра", "7f3a90c1")

    await asyncio.gather(*(dispute(support, **EXAM) for _ in range(2)))
    (line,) = await requests(support)
    seen = await support.seen(line["request_id"])
    about = (
        "Оспариваю данные федерального регистра о документе «Кардиология», проверка № ДОК-0000011-2026: "
        "дата сдачи экзамена. У меня: 12.06.2026, в регистре: 15.06.2026."
    )
    assert [(message["author"], message["text"]) for message in seen["messages"]] == [
        ("person", "Оспариваю данные федерального регистра: отчество. Верны мои данные."),
        ("person", about),
        ("person", about),
    ]

    await support.done(support.first, line["request_id"], "take")
    await support.done(support.first, line["request_id"], "answer", text="Приложите протокол")
    await dispute(support, **PATRONYMIC)
    assert (await support.seen(line["request_id"]))["status"] == "taken", "the employee is called again"
    await support.http.post(f"{API}/{line['request_id']}/withdraw", headers=support.person())
    await dispute(support, **PATRONYMIC)
    assert [item["status"] for item in await requests(support)] == ["new", "closed"]


@pytest.mark.req("FRM-08", "MAT-06")
async def test_own_data_go_on_in_the_open_request_about_the_mismatch(support: Any) -> None:
    request_id = await support.opened(kind="mismatch", topic="Другое отчество")
    await dispute(support, **PATRONYMIC)
    assert [item["request_id"] for item in await requests(support)] == [request_id]
    await dispute(support, **EXAM)
    assert {item["kind"] for item in await requests(support)} == {"mismatch", "verification"}


@pytest.mark.req("FRM-08")
async def test_whoever_took_the_consent_back_gets_no_request(support: Any) -> None:
    async with support.world.db.write() as session:
        await note(session, support.world.person_id, MAIN, granted=False, at=NOW)
    await dispute(support, **PATRONYMIC)
    assert await requests(support) == []


def test_kinds_and_words_of_what_has_no_value() -> None:
    number = Disputed("number", "ДОК-0000011-2026", "Кардиология", "", "031904517")
    assert number.words.endswith("номер. У меня: не указано, в регистре: 031904517.")
    assert kinds_for(number) == (Kind.VERIFICATION,)
