"""The employees' desk: taken by one, hidden until then, every look kept; data changed by two (ROL-04, SUP-04, REG-04, P12)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from nmo_applications.requests.consumers import on_change_applied
from nmo_contracts.identity import ChangeAppliedV1
from nmo_testkit.messages import deliver, drain_outbox

DESK = "/api/v1/support/requests"


async def queue(support: Any, who: UUID, part: str = "new") -> list[dict[str, Any]]:
    answer = await support.http.get(DESK, params={"part": part}, headers=support.employee(who))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.req("ROL-04", "SUP-04")
async def test_of_two_employees_at_once_one_gets_it(support: Any) -> None:
    request_id = await support.opened()
    answers = await asyncio.gather(
        *(support.act(who, request_id, "take") for who in (support.first, support.second) * 3)
    )
    assert {answer.status_code for answer in answers} == {200, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"taken_by_another"}
    assert [answer.status_code for answer in answers].count(200) == 3, "the holder may press again"


@pytest.mark.req("ROL-04", "T24")
async def test_nothing_personal_is_shown_before_it_is_taken(support: Any) -> None:
    request_id = await support.opened()
    (line,) = await queue(support, support.first)
    assert (line["topic"], line["person_name"]) == (None, None)
    assert str(support.world.person_id) not in str(line)
    read = await support.http.get(f"{DESK}/{request_id}", headers=support.employee(support.first))
    assert (read.status_code, read.json()["code"]) == (409, "take_first")
    assert support.world.upstreams.looked_at == []
    await support.done(support.first, request_id, "take")
    (mine,) = await queue(support, support.first, "mine")
    assert (mine["topic"], mine["person_name"]) == ("Не открывается план", "Кузнецова А. С.")
    assert await queue(support, support.second) == []
    other = await support.http.get(f"{DESK}/{request_id}", headers=support.employee(support.second))
    assert (other.status_code, other.json()["code"]) == (409, "taken_by_another")


@pytest.mark.req("ROL-04")
@pytest.mark.parametrize(
    ("what", "body"),
    [("answer", {"text": "х"}), ("close", {"text": "х"}), ("escalate", {"text": "х"}), ("release", {}),
     ("proposal", {"text": "х", "values": {"last_name": "Белова"}})],
)  # fmt: skip
async def test_no_act_without_taking(support: Any, what: str, body: dict[str, Any]) -> None:
    request_id = await support.change()
    answer = await support.act(support.first, request_id, what, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "take_first")
    await support.done(support.second, request_id, "take")
    answer = await support.act(support.first, request_id, what, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "taken_by_another")
    assert (await support.seen(request_id))["status"] == "taken"


@pytest.mark.req("AUD-03", "SUP-04")
async def test_each_look_is_kept_with_its_purpose(support: Any) -> None:
    request_id = await support.opened()
    await support.done(support.first, request_id, "take")
    await support.http.get(f"{DESK}/{request_id}", headers=support.employee(support.first))
    looks = [row for row in await support.journal() if row["action"] == "support.request.read"]
    assert len(looks) == 2
    for row in looks:
        assert (row["actor"], row["person_id"]) == (str(support.first), support.world.person_id)
        assert row["purpose"] == "support_request"
        assert "snils" in row["fields"]
    assert support.world.upstreams.looked_at == [support.world.person_id] * 2


@pytest.mark.req("SUP-04")
async def test_talk_with_deadlines(support: Any) -> None:
    request_id = await support.opened()
    await support.done(support.first, request_id, "take")
    await support.done(support.first, request_id, "answer", text="Пришлите скан", asks_documents=True)
    assert (await support.seen(request_id))["status"] == "waiting"
    headers = support.person()
    path = f"/api/v1/requests/{request_id}/messages"
    seen = (await support.http.post(path, json={"text": "Вот он"}, headers=headers)).json()
    updated, due = (datetime.fromisoformat(seen[name]) for name in ("updated_at", "due_at"))
    assert (seen["status"], due - updated) == ("taken", timedelta(hours=48))
    await support.done(support.first, request_id, "answer", text="А теперь ещё раз войдите")
    seen = (await support.http.post(path, json={"text": "Вошла"}, headers=headers)).json()
    updated, due = (datetime.fromisoformat(seen[name]) for name in ("updated_at", "due_at"))
    assert due - updated == timedelta(hours=24)
    await support.done(support.first, request_id, "close", text="Рады помочь")
    seen = await support.seen(request_id)
    assert (seen["status"], seen["result"]) == ("closed", "answered")
    assert [step["action"] for step in seen["history"]] == [
        "open",
        "answer",
        "reply",
        "answer",
        "reply",
        "close",
    ]
    kinds = [event.type_name.split(".")[2] for event in await drain_outbox(support.world.db)]
    assert kinds == ["opened", "answered", "answered", "closed"]
    late = await support.http.post(path, json={"text": "Ещё"}, headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "illegal_move")


@pytest.mark.req("SUP-01", "SUP-04")
async def test_escalation_frees_it_on_the_next_line(support: Any) -> None:
    request_id = await support.opened()
    await support.done(support.first, request_id, "take")
    await support.done(support.first, request_id, "escalate", text="Нужен администратор")
    (line,) = await queue(support, support.second)
    assert (line["status"], line["level"]) == ("new", 2)
    await support.done(support.second, request_id, "take")
    await support.done(support.second, request_id, "release")
    assert [row["request_id"] for row in await queue(support, support.first)] == [request_id]
    counts = await support.http.get(f"{DESK}/counts", headers=support.employee(support.first))
    assert counts.json() == {"new": 1, "mine": 0, "approval": 0}


@pytest.mark.req("SUP-04")
async def test_most_urgent_comes_first_page_by_page(support: Any) -> None:
    opened = [(await support.open(uuid4())).json()["request_id"] for _ in range(5)]
    found, cursor = [], None
    for _ in range(3):
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await support.http.get(DESK, params=params, headers=support.employee(support.first))).json()
        found += [row["request_id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (opened, None)


@pytest.mark.req("ROL-04")
async def test_nobody_works_on_a_request_of_their_own(support: Any) -> None:
    request_id = (await support.open(support.first)).json()["request_id"]
    assert await queue(support, support.first) == []
    answer = await support.act(support.first, request_id, "take")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")


async def proposed(support: Any, **values: Any) -> str:
    request_id: str = await support.change(**values)
    await support.done(support.first, request_id, "take")
    await support.done(
        support.first,
        request_id,
        "proposal",
        text="Паспорт проверен",
        values=values or {"last_name": "Белова"},
    )
    return request_id


async def disclosed(support: Any, token_factory: Any, request_id: str, caller: str = "identity") -> Any:
    headers = {"authorization": f"Bearer {token_factory.service(caller, aud='applications')}"}
    body = {"request_id": request_id, "purpose": "apply_change"}
    return await support.http.post("/internal/changes/disclose", json=body, headers=headers)


@pytest.mark.req("P12", "REG-04", "SUP-03")
async def test_change_needs_two_employees(support: Any, token_factory: Any) -> None:
    request_id = await proposed(support, last_name="Белова", patronymic=None, snils="112-233-445 95")
    await drain_outbox(support.world.db)
    assert (await disclosed(support, token_factory, request_id)).status_code == 404
    alone = await support.act(support.first, request_id, "decision", approve=True)
    assert (alone.status_code, alone.json()["code"]) == (403, "second_approver_required")
    (refusal,) = [row for row in await support.journal() if row["result"] == "refused"]
    assert (refusal["actor"], refusal["reason"]) == (str(support.first), "second_approver_required")
    assert refusal["person_id"] == support.world.person_id
    assert await drain_outbox(support.world.db) == []
    (waiting,) = await queue(support, support.second, "approval")
    assert (waiting["request_id"], waiting["person_name"]) == (request_id, None)
    shown = await support.http.get(f"{DESK}/{request_id}", headers=support.employee(support.second))
    assert shown.json()["proposed"] == {"last_name": "Белова", "patronymic": None, "snils": "11223344595"}
    assert shown.json()["allowed"] == ["approve", "reject"]
    await support.done(support.second, request_id, "decision", approve=True, text="Согласна")
    ((kind, data),) = [(event.type_name, event.data) for event in await drain_outbox(support.world.db)]
    assert kind == "applications.change.approved.v1"
    assert (data["proposed_by"], data["approved_by"]) == (str(support.first), str(support.second))
    assert "Белова" not in str(data)
    answer = await disclosed(support, token_factory, request_id)
    assert answer.json() == {
        "person_id": str(support.world.person_id),
        "values": {"last_name": "Белова", "patronymic": None, "snils": "11223344595"},
    }
    assert (await disclosed(support, token_factory, request_id, "cycles")).status_code == 403
    applied = ChangeAppliedV1(
        person_id=support.world.person_id,
        request_id=UUID(request_id),
        outcome="applied",
        changed=["last_name"],
    )
    await carried_out(support, applied)
    seen = await support.seen(request_id)
    assert (seen["status"], seen["result"]) == ("closed", "applied")
    assert (await disclosed(support, token_factory, request_id)).status_code == 404, "once"


async def carried_out(support: Any, event: ChangeAppliedV1) -> None:
    await deliver(support.world.db, on_change_applied, event, context=support.world.runtime)


@pytest.mark.req("P12", "REG-04")
async def test_two_decisions_at_once_give_one_change(support: Any) -> None:
    request_id = await proposed(support)
    third = uuid4()
    await drain_outbox(support.world.db)
    answers = await asyncio.gather(
        *(support.act(who, request_id, "decision", approve=True) for who in (support.second, third) * 2)
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    kinds = [event.type_name for event in await drain_outbox(support.world.db)]
    assert kinds.count("applications.change.approved.v1") == 1


@pytest.mark.req("P12", "REG-04")
async def test_rejected_change_changes_nothing(support: Any, token_factory: Any) -> None:
    request_id = await proposed(support)
    await support.done(support.second, request_id, "decision", approve=False, text="На скане другой человек")
    seen = await support.seen(request_id)
    assert (seen["status"], seen["result"]) == ("closed", "rejected")
    assert seen["messages"][-1]["text"] == "На скане другой человек"
    assert (await disclosed(support, token_factory, request_id)).status_code == 404


@pytest.mark.req("REG-04")
async def test_change_that_could_not_be_carried_out_comes_back(support: Any) -> None:
    request_id = await proposed(support, snils="112-233-445 95")
    await support.done(support.second, request_id, "decision", approve=True)
    refused = ChangeAppliedV1(
        person_id=support.world.person_id, request_id=UUID(request_id), outcome="refused", reason_code="snils_taken",
        changed=["snils"],
    )  # fmt: skip
    await carried_out(support, refused)
    seen = await support.seen(request_id)
    assert seen["status"] == "taken"
    assert "другой пользователь" in seen["messages"][-1]["text"]
    (mine,) = await queue(support, support.first, "mine")
    assert mine["request_id"] == request_id


@pytest.mark.req("P12")
async def test_owner_who_works_in_support_cannot_approve(support: Any) -> None:
    request_id = await proposed(support)
    owner = support.world.person_id
    answer = await support.act(owner, request_id, "decision", approve=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")


@pytest.mark.req("REG-04")
async def test_only_a_request_for_it_changes_data(support: Any) -> None:
    request_id = await support.opened()
    await support.done(support.first, request_id, "take")
    answer = await support.act(
        support.first, request_id, "proposal", text="Так надо", values={"last_name": "Белова"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")


@pytest.mark.req("GWY-03")
async def test_without_identity_the_card_says_so(support: Any) -> None:
    request_id = await support.opened()
    support.world.upstreams.down = True
    shown = await support.done(support.first, request_id, "take")
    assert (shown["person"], shown["person_missing"]) == (None, True)
    (mine,) = await queue(support, support.first, "mine")
    assert mine["person_name"] is None
