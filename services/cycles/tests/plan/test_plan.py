"""The plan through the API."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from nmo_contracts.catalog import ElementArchivedV1, ElementChangedV1
from nmo_cycles.elements.consumers import on_element, on_element_archived
from nmo_cycles.elements.queries import element_copy
from nmo_cycles.ledger.commands.reverse import reverse_credit
from nmo_kit import clock
from nmo_testkit import deliver


@pytest.mark.req("CYC-06")
async def test_the_plan_is_a_tree_with_targets(person):
    cycle = await person.open()
    await person.planned(cycle)
    await person.planned(cycle, kind="event", title="Конгресс", zet=Decimal(12))
    await person.planned(cycle, kind="module", title="Модуль", zet=Decimal(2), starts_on=None, ends_on=None)
    plan = await person.get(f"/{cycle['cycle_id']}/plan")
    formal, informal = plan["groups"]
    assert formal["title"] == "Дополнительные профессиональные программы повышения квалификации"
    assert formal["branch"] == "Актуальные вопросы специальности"
    assert (formal["code"], formal["target_zet"], formal["earned_zet"]) == ("formal", "180.00", "0.00")
    assert (informal["code"], informal["title"], informal["target_zet"]) == (
        "informal",
        "Образовательные мероприятия",
        "70.00",
    )
    assert [item["title"] for item in formal["items"]] == ["Неотложная кардиология"]
    assert [item["title"] for item in informal["items"]] == ["Конгресс", "Модуль"]
    assert plan["cycle"]["cycle_id"] == cycle["cycle_id"]


@pytest.mark.req("CYC-06", "CAT-03")
async def test_a_chosen_programme_is_told_and_shown(person, told):
    cycle = await person.open()
    await told()
    item = await person.planned(cycle)
    assert (item["status"], item["application"], item["result"]) == ("application_pending", None, None)
    assert (item["zet"], item["form"], item["organization_name"]) == (
        "72.00",
        "full_time",
        "Северный медицинский университет",
    )
    ((name, data, version),) = await told()
    assert (name, version) == ("plan_item.added", 2)
    assert data == {
        "cycle_id": cycle["cycle_id"],
        "person_id": str(person.person_id),
        "plan_item_id": item["plan_item_id"],
        "element_id": item["element_id"],
        "element_kind": "programme",
        "organization_id": item["organization_id"],
        "specialty_key": "VO-027",
        "specialty_name": "Кардиология",
        "specialty_version": "2026-09-01",
    }


@pytest.mark.req("CYC-06")
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"specialty_keys": ["VO-113"]}, "specialty_mismatch"),
        ({"starts_on": clock.today() - timedelta(days=1)}, "element_started"),
        ({"starts_on": clock.today() + timedelta(days=3000)}, "element_outside_cycle"),
    ],
)
async def test_an_element_that_does_not_fit_is_refused(person, publish_element, values, code):
    cycle = await person.open()
    answer = await person.choose(cycle, await publish_element(**values))
    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.req("CYC-06")
async def test_unknown_archived_and_twice_chosen_elements_are_refused(person, db, publish_element):
    cycle = await person.open()
    assert (await person.choose(cycle, uuid4())).json()["code"] == "element_unavailable"
    archived = await publish_element()
    await deliver(db, on_element_archived, ElementArchivedV1(element_id=archived), version=2)
    assert (await person.choose(cycle, archived)).json()["code"] == "element_unavailable"
    chosen = await publish_element()
    assert (await person.choose(cycle, chosen)).status_code == 201
    assert (await person.choose(cycle, chosen)).json()["code"] == "already_in_plan"


async def test_a_closed_cycle_takes_nothing_more(person, publish_element):
    old = clock.today() - timedelta(days=2200)
    cycle = await person.open(exam_on=old, issued_on=old)
    answer = await person.choose(cycle, await publish_element())
    assert (answer.status_code, answer.json()["code"]) == (409, "cycle_closed")


@pytest.mark.req("CYC-06")
async def test_an_item_is_removed_and_can_be_chosen_again(person, told):
    cycle = await person.open()
    item = await person.planned(cycle)
    await told()
    path = f"/{cycle['cycle_id']}/plan/items/{item['plan_item_id']}"
    assert (await person.call("DELETE", path)).status_code == 204
    assert (await person.call("DELETE", path)).status_code == 404
    ((name, data, version),) = await told()
    assert (name, data["plan_item_id"], version) == ("plan_item.removed", item["plan_item_id"], 3)
    again = await person.choose(cycle, item["element_id"])
    assert again.status_code == 201
    assert again.json()["plan_item_id"] != item["plan_item_id"]


@pytest.mark.req("P24", "CYC-09")
async def test_whatever_leaves_the_plan_the_ledger_stays_whole(person, db, apply):
    cycle = await person.open()
    credited, taken_back, empty = [await person.planned(cycle) for _ in range(3)]
    await apply(person, cycle, credited).tell("Completed", 1)
    await apply(person, cycle, taken_back).tell("Completed", 1)
    (entry,) = [
        item
        for item in (await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]
        if item["plan_item_id"] == taken_back["plan_item_id"]
    ]
    async with db.write() as session:
        await reverse_credit(session, UUID(entry["entry_id"]), reason="Ошибка", actor="test", now=clock.now())
    before = await person.get(f"/{cycle['cycle_id']}/ledger")

    answers = {}
    for item in (credited, taken_back, empty):
        path = f"/{cycle['cycle_id']}/plan/items/{item['plan_item_id']}"
        answers[item["plan_item_id"]] = await person.call("DELETE", path)

    assert [answer.status_code for answer in answers.values()] == [409, 409, 204]
    assert {answer.json()["code"] for answer in answers.values() if answer.content} == {"plan_item_in_use"}
    assert await person.get(f"/{cycle['cycle_id']}/ledger") == before
    assert (await person.get(f"/{cycle['cycle_id']}"))["total_zet"] == "72.00"
    plan = await person.get(f"/{cycle['cycle_id']}/plan")
    left = {item["plan_item_id"] for item in plan["groups"][0]["items"]}
    assert left == {credited["plan_item_id"], taken_back["plan_item_id"]}


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("Drafted", 204),
        ("Submitted", 409),
        ("Confirmed", 409),
        ("Enrolled", 409),
        ("Rejected", 204),
        ("Withdrawn", 204),
    ],
)
async def test_an_item_stays_while_its_application_is_in_work(person, apply, verb, status):
    cycle = await person.open()
    item = await person.planned(cycle)
    await apply(person, cycle, item).tell(verb, 2)
    answer = await person.call("DELETE", f"/{cycle['cycle_id']}/plan/items/{item['plan_item_id']}")
    assert answer.status_code == status


async def test_an_item_of_another_cycle_is_not_found(person):
    cycle = await person.open()
    other = await person.open(specialty_key="VO-097", specialty_name="Терапия")
    item = await person.planned(cycle)
    path = f"/{other['cycle_id']}/plan/items/{item['plan_item_id']}"
    assert (await person.call("DELETE", path)).status_code == 404


async def test_the_same_idempotency_key_chooses_once(person, publish_element, told):
    cycle = await person.open()
    element_id = await publish_element()
    await told()
    path, headers = f"/{cycle['cycle_id']}/plan/items", {"idempotency-key": "choose-1"}
    body = {"element_id": str(element_id)}
    answers = [await person.call("POST", path, json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await told()) == 1


async def test_the_copy_of_an_element_keeps_the_newest_card(db, publish_element):
    element_id = await publish_element(version=3)
    async with db.read() as session:
        card = (await element_copy(session, element_id)).model_dump(exclude={"archived", "copied_at"})
    changed = {"workload_hours": 36, "bases": ["budget"], "place": "Москва", "zet": Decimal(36)}
    newer = ElementChangedV1(**card | changed | {"title": "Новое название"})
    older = ElementChangedV1(**card | changed | {"title": "Старое название"})
    assert await deliver(db, on_element, newer, version=5) == "handled"
    assert await deliver(db, on_element, older, version=4) == "stale"
    async with db.read() as session:
        copy = await element_copy(session, element_id)
    assert (copy.title, copy.zet) == ("Новое название", Decimal(36))
