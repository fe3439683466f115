"""Ways out of a mismatch over the whole system: a correction found unasked, a numbered request, data changed by two."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nmo_local.demo.browser import eventually
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import change_card, new_person, new_specialist, put_card
from tests.e2e.steps import wait
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
REQUESTS = "/api/v1/requests"
DESK = "/api/v1/support/requests"
LOOKED_FOR_S = 150.0
"""Whoever the register did not know is looked for three times a minute."""


async def let_in(visitor: Visitor) -> dict[str, Any]:
    """The person's state once the cabinet has opened without their doing."""

    async def opened() -> dict[str, Any] | None:
        me: dict[str, Any] = await visitor.get("/api/v1/me")
        return me if me["entry"] == "full" else None

    return await eventually(opened, "an open cabinet", LOOKED_FOR_S)


async def told(visitor: Visitor, title: str) -> dict[str, Any]:
    """The notice with this title, once it has come."""

    async def come() -> dict[str, Any] | None:
        items = (await visitor.get("/api/v1/notifications"))["items"]
        return next((item for item in items if title in item["title"].replace("\u00a0", " ")), None)

    return await wait(come, f"the notice «{title}»")


@pytest.mark.req("MAT-04", "MAT-07")
async def test_correction_in_the_register_opens_the_cabinet_unasked(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, card={"patronymic": "Степанович"})
    visitor = await arrive(person.key)
    assert (await visitor.enter())["entry"] == "conflict"
    await change_card(portal, person, patronymic=person.patronymic)
    me = await let_in(visitor)
    assert me["match"]["outcome"] == "exact"
    rows = (await visitor.get("/api/v1/me/journal"))["items"]
    checks = [(row["result"], row["reason"]) for row in rows if row["action"] == "match.checked"]
    assert checks[0] == ("exact", "recheck")
    await told(visitor, "Данные совпали, кабинет открыт")


@pytest.mark.req("MAT-04", "MAT-05", "SUP-01")
async def test_absent_person_gets_a_numbered_request_and_is_found_when_recorded(
    portal: Portal, arrive: Arrive
) -> None:
    person = await new_person(portal, in_register=False)
    visitor = await arrive(person.key)
    assert (await visitor.enter())["entry"] == "limited"
    _, _, text = await visitor.page("/no-account")
    assert "/cabinet/tickets/new/verification" in text
    fields = {"topic": "Проверить сведения", "text": "Работаю в больнице № 7, записи нет"}
    await visitor.page("/cabinet/tickets/new/verification")
    _, address, text = await visitor.submit("/cabinet/tickets/new/verification", **fields)
    assert "/cabinet/tickets/" in address
    number = re.search(r"ОБР-\d{7}-\d{4}", text)
    assert number is not None
    (opened,) = (await visitor.get(REQUESTS))["items"]
    assert (opened["number"], opened["kind"], opened["status"]) == (number[0], "verification", "new")
    again = await visitor.ask(
        "POST", REQUESTS, {"kind": "verification", "topic": "Ещё раз", "text": "То же самое"}
    )
    assert (again[0], again[1]["number"]) == (409, number[0])
    await told(visitor, f"{number[0]} принято")
    await put_card(portal, person)
    assert (await let_in(visitor))["match"]["outcome"] == "exact"


@pytest.mark.req("MAT-06", "P25", "ROL-04", "AUD-03", "SUP-04")
async def test_request_about_a_mismatch_is_answered_by_the_one_who_took_it(
    portal: Portal, arrive: Arrive
) -> None:
    person = await new_specialist(portal, card={"patronymic": "Степанович"})
    visitor, first, second = await arrive(person.key), await arrive("support"), await arrive("support2")
    me = await visitor.enter()
    for employee in (first, second):
        await employee.sign_in()
    _, _, text = await visitor.page("/cabinet/tickets/new/mismatch")
    assert f'value="{me["match"]["reference"]}"' in text
    body = {
        "kind": "mismatch",
        "topic": "Отчество",
        "text": "В паспорте другое",
        "reference": me["match"]["reference"],
    }
    opened = await visitor.post(REQUESTS, body)
    request_id = opened["request_id"]
    queue = (await first.get(f"{DESK}?part=new&limit=100"))["items"]
    (line,) = [item for item in queue if item["request_id"] == request_id]
    assert (line["topic"], line["person_name"]) == (None, None)
    assert (await first.ask("GET", f"{DESK}/{request_id}"))[1]["code"] == "take_first"
    work = await first.post(f"{DESK}/{request_id}/take", {})
    assert work["person"]["full_name"].startswith(person.last_name)
    assert (await second.ask("POST", f"{DESK}/{request_id}/take", {}))[1]["code"] == "taken_by_another"
    await first.post(f"{DESK}/{request_id}/answer", {"text": "Обратитесь в отдел кадров"})
    await told(visitor, f"Ответ по обращению № {opened['number']}")
    seen = await visitor.get(f"{REQUESTS}/{request_id}")
    assert [message["author"] for message in seen["messages"]] == ["person", "support"]
    rows = (await visitor.get("/api/v1/me/journal"))["items"]
    looks = [row for row in rows if row["action"] == "person.read" and "поддержки" in row["title"]]
    assert looks, "each look of support is in the person's own journal"
    assert (await visitor.ask("GET", DESK))[0] == 403


@pytest.mark.req("REG-04", "P12", "SUP-03", "AUD-03")
async def test_data_are_changed_by_two_employees_and_the_owner_is_told(
    portal: Portal, arrive: Arrive
) -> None:
    person = await new_specialist(portal)
    visitor, first, second = await arrive(person.key), await arrive("support"), await arrive("support2")
    await visitor.enter()
    for employee in (first, second):
        await employee.sign_in()
    for path in ("/api/v1/me",):
        status, _ = await visitor.ask("PATCH", path, {"last_name": "Подменный"})
        assert status == 405, "no route edits it"
    body = {
        "kind": "data_change",
        "topic": "Смена фамилии",
        "text": "Новый паспорт",
        "values": {"last_name": "Заречный", "birth_on": person.birth_date.isoformat()},
    }
    opened = await visitor.post(REQUESTS, body)
    path = f"{DESK}/{opened['request_id']}"
    await first.post(f"{path}/take", {})
    proposal = {"values": {"last_name": "Заречный"}, "text": "Паспорт проверен"}
    await first.post(f"{path}/proposal", proposal)
    alone = await first.ask("POST", f"{path}/decision", {"approve": True})
    assert (alone[0], alone[1]["code"]) == (403, "second_approver_required")
    assert (await visitor.get("/api/v1/me"))["last_name"] == person.last_name
    status, _ = await second.ask("POST", f"{path}/decision", {"approve": True, "text": "Согласен"})
    assert status == 204

    async def changed() -> dict[str, Any] | None:
        me: dict[str, Any] = await visitor.get("/api/v1/me")
        return me if me["last_name"] == "Заречный" else None

    await wait(changed, "the new surname")

    async def closed() -> dict[str, Any] | None:
        seen: dict[str, Any] = await visitor.get(f"{REQUESTS}/{opened['request_id']}")
        return seen if seen["status"] == "closed" else None

    assert (await wait(closed, "a closed request"))["result"] == "applied"
    rows = (await visitor.get("/api/v1/me/journal"))["items"]
    (audit,) = [row for row in rows if row["action"] == "person.changed_by_support"]
    assert (audit["object"], audit["fields"]) == (f"request/{opened['number']}", ["last_name"])
    assert audit["reason"].startswith("proposed:")


@pytest.mark.req("SUP-02")
async def test_guest_writes_to_support_and_comes_back_by_the_link(portal: Portal, arrive: Arrive) -> None:
    guest = await arrive("nobody")
    await guest.page("/help/request")
    fields = {"topic": "Не могу войти", "text": "Госуслуги возвращают ошибку"}
    _, _, text = await guest.submit("/help/request", **fields)
    link = re.search(r"/help/request/[A-Za-z0-9_-]{20,}", text)
    assert link is not None, text
    status, _, page = await guest.page(link[0])
    assert status == 200
    assert "Госуслуги возвращают ошибку" in page
