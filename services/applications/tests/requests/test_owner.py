"""A person turns to support: number, thread, deadline, own list; a guest does with a key (SUP-01, SUP-02, MAT-05, MAT-06)."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_applications.consents.consumers import HEEDING
from nmo_testkit.messages import drain_outbox

API = "/api/v1/requests"


@pytest.mark.req("SUP-01", "MAT-06", "P25")
async def test_request_gets_its_number_its_deadline_and_a_thread(support: Any) -> None:
    answer = await support.open(
        kind="mismatch",
        topic="Другое отчество",
        reference="A1B2C3D4",
        happened_at="2026-05-25T09:30:00+03:00",
    )
    assert answer.status_code == 201
    opened = answer.json()
    assert re.fullmatch(r"ОБР-\d{7}-\d{4}", opened["number"])
    seen = await support.seen(opened["request_id"])
    assert (seen["topic"], seen["reference"], seen["status"]) == ("Другое отчество", "A1B2C3D4", "new")
    assert [line["text"] for line in seen["messages"]] == ["Нажимаю и ничего не происходит."]
    created, due = (datetime.fromisoformat(seen[name]) for name in ("created_at", "due_at"))
    assert due - created == timedelta(hours=24)
    ((kind, data),) = [(event.type_name, event.data) for event in await drain_outbox(support.world.db)]
    assert (kind, data["number"], data["kind"]) == (
        "applications.request.opened.v1",
        opened["number"],
        "mismatch",
    )
    assert "отчество" not in str(data)


@pytest.mark.req("SUP-01")
@pytest.mark.parametrize("moment", [0, 1_790_000_000, "2026-05-25", "2026-05-25T09:30:00"])
async def test_a_moment_that_is_none_is_refused(support: Any, moment: object) -> None:
    """A number would be read as seconds since 1970, a time without its zone as anybody's."""
    answer = await support.open(happened_at=moment)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/happened_at"]


@pytest.mark.req("SUP-01")
async def test_numbers_are_in_order_without_gaps(support: Any) -> None:
    answers = await asyncio.gather(*(support.open(uuid4()) for _ in range(8)))
    numbers = sorted(int(answer.json()["number"][4:11]) for answer in answers)
    assert numbers == list(range(numbers[0], numbers[0] + 8))


@pytest.mark.req("MAT-05", "MAT-06")
@pytest.mark.parametrize("kind", ["mismatch", "verification"])
async def test_second_request_about_the_same_leads_to_the_first(support: Any, kind: str) -> None:
    answers = await asyncio.gather(*(support.open(kind=kind) for _ in range(5)))
    opened = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(opened) == 1
    for answer in answers:
        if answer.status_code != 201:
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (409, "already_open")
            assert (problem["request_id"], problem["number"]) == (
                opened[0]["request_id"],
                opened[0]["number"],
            )


@pytest.mark.req("SUP-01")
async def test_same_key_opens_once(support: Any) -> None:
    headers = support.person() | {"Idempotency-Key": "once"}
    body = {"kind": "other", "topic": "Тема", "text": "Текст"}
    answers = [await support.http.post(API, json=body, headers=headers) for _ in range(3)]
    assert len({answer.json()["number"] for answer in answers}) == 1


async def test_nobody_opens_requests_without_end(support: Any) -> None:
    statuses = [(await support.open()).status_code for _ in range(11)]
    assert statuses == [201] * 10 + [409]


@pytest.mark.req("T14", "SUP-01")
async def test_other_people_see_nothing_of_it(support: Any) -> None:
    request_id = await support.opened()
    stranger = support.person(uuid4())
    assert (await support.http.get(f"{API}/{request_id}", headers=stranger)).status_code == 404
    for what, body in (("messages", {"text": "я"}), ("withdraw", None)):
        answer = await support.http.post(f"{API}/{request_id}/{what}", json=body, headers=stranger)
        assert answer.status_code == 404
    assert (await support.http.get(API, headers=stranger)).json()["items"] == []
    assert [
        row["request_id"] for row in (await support.http.get(API, headers=support.person())).json()["items"]
    ] == [request_id]


@pytest.mark.req("SUP-01")
async def test_list_goes_page_by_page(support: Any) -> None:
    opened = [await support.opened() for _ in range(5)]
    found, cursor = [], None
    for _ in range(3):
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await support.http.get(API, params=params, headers=support.person())).json()
        found += [row["request_id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (opened[::-1], None)
    bad = await support.http.get(API, params={"cursor": "nonsense"}, headers=support.person())
    assert bad.status_code == 422


@pytest.mark.req("T24", "P22")
async def test_words_are_sealed_at_rest(support: Any) -> None:
    await support.change(last_name="Засекреченная")
    async with support.world.db.read() as session:
        for table in ("support_request", "support_message", "support_change", "outbox", "journal"):
            rows = (await session.execute(text(f"select t::text from {table} t"))).scalars().all()  # noqa: S608 names of this list
            said = " ".join(rows)
            for word in ("Засекреченная", "замуж", "фамилии", "Смена"):
                assert word not in said
                assert word.encode().hex() not in said


@pytest.mark.req("SUP-01")
async def test_owner_withdraws(support: Any) -> None:
    request_id = await support.opened()
    answer = await support.http.post(f"{API}/{request_id}/withdraw", headers=support.person())
    assert (answer.json()["status"], answer.json()["result"]) == ("closed", "withdrawn")
    again = await support.http.post(f"{API}/{request_id}/withdraw", headers=support.person())
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


@pytest.mark.req("REG-04", "MAT-02")
@pytest.mark.parametrize(
    "values",
    [None, {}, {"snils": "123-456-789 65"}, {"birth_on": "2999-01-01"}, {"email": "nobody"}, {"last_name": ""},
     {"roles": ["admin"]}, {"gender": "F"}, {"last_name": None}],
)  # fmt: skip
async def test_unfit_values_of_a_change_are_refused(support: Any, values: Any) -> None:
    answer = await support.open(kind="data_change", values=values)
    assert answer.status_code == 422, answer.text
    other = await support.open(kind="other", values={"last_name": "Белова"})
    assert other.status_code == 422


@pytest.mark.req("SUP-02")
async def test_guest_keeps_a_key_and_reads_the_answer_with_it(support: Any, token_factory: Any) -> None:
    gateway = {"authorization": f"Bearer {token_factory.service('gateway', aud='applications')}"}
    body = {
        "topic": "Не могу войти",
        "text": "Госуслуги возвращают ошибку",
        "reference": "7F3A91",
        "contact": "+7 900 000-00-00",
    }
    opened = (await support.http.post("/internal/requests/guest", json=body, headers=gateway)).json()
    guest = {"key": opened["key"]}
    seen = (await support.http.post("/internal/requests/guest/read", json=guest, headers=gateway)).json()
    assert (seen["number"], seen["status"], seen["kind"]) == (opened["number"], "new", "sign_in")
    assert await drain_outbox(support.world.db) == [], "there is nobody to be told"
    await support.done(support.first, seen["request_id"], "take")
    shown = await support.done(
        support.first, seen["request_id"], "answer", text="Подтвердите учётную запись."
    )
    assert (shown["guest"], shown["contact"], shown["person"]) == (True, "+7 900 000-00-00", None)
    reply = {**guest, "text": "Подтвердил, спасибо"}
    answered = await support.http.post("/internal/requests/guest/reply", json=reply, headers=gateway)
    assert [line["author"] for line in answered.json()["messages"]] == ["person", "support", "person"]
    wrong = {"key": "x" * 43}
    assert (
        await support.http.post("/internal/requests/guest/read", json=wrong, headers=gateway)
    ).status_code == 404
    async with support.world.db.read() as session:
        kept = (await session.execute(text("select t::text from support_request t"))).scalar_one()
    assert opened["key"] not in kept


@pytest.mark.req("SSO-04")
async def test_destruction_of_a_person_takes_their_words_along(support: Any) -> None:
    request_id = await support.change(last_name="Белова")
    other = (await support.open(uuid4())).json()["request_id"]
    async with support.world.db.write() as session:
        counts = await HEEDING.erase(session, support.world.person_id)
    assert (counts["support_message"], counts["support_change"], counts["support_request"]) == (1, 1, 1)
    seen = await support.seen(request_id)
    assert (seen["status"], seen["topic"], seen["messages"], seen["asked"]) == (
        "closed",
        "Сведения уничтожены",
        [],
        {},
    )
    answer = await support.act(support.first, other, "take")
    assert answer.json()["messages"], "others keep theirs"
