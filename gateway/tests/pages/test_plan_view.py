from datetime import date
from decimal import Decimal

import pytest

from nmo_gateway.pages.plan.view import choose_href, item_status, plan_groups

DAY = date(2026, 6, 1)


def item(**more):
    return {
        "plan_item_id": "p1",
        "element_id": "e1",
        "kind": "programme",
        "title": "Неотложная кардиология",
        "zet": "36.00",
        "form": "part_time",
        "starts_on": "2026-07-01",
        "ends_on": "2026-07-12",
        "organization_id": "o1",
        "organization_name": "Университет",
        "application": None,
        "result": None,
        "status": "planned",
        **more,
    }


def plan(*items):
    return {
        "cycle": {"cycle_id": "c1"},
        "groups": [
            {
                "code": "formal",
                "title": "Программы",
                "target_zet": "180.00",
                "earned_zet": "126.00",
                "items": list(items),
            },
            {
                "code": "informal",
                "title": "Мероприятия",
                "target_zet": "70.00",
                "earned_zet": "2.00",
                "items": [],
            },
        ],
    }


@pytest.mark.req("CYC-06")
def test_line_has_the_columns_of_the_document():
    application = {"application_id": "a", "number": "NMO-0000001-2026", "status": "submitted"}
    group = plan_groups(plan(item(application=application)), DAY)[0]
    line = group.lines[0]
    assert (group.earned, group.target) == (Decimal("126.00"), Decimal("180.00"))
    assert (line.form, line.dates) == ("очно-заочная", "01.07.2026\u00a0– 12.07.2026")
    assert line.status.word == "На рассмотрении"
    assert line.number_href == "/cabinet/applications/NMO-0000001-2026"
    assert not line.removable


@pytest.mark.req("CYC-08")
def test_nothing_published_is_said_and_choosing_keeps_the_cycle():
    formal, informal = plan_groups(plan(), DAY, offered={"formal": False, "informal": True})
    assert not formal.offered
    assert informal.offered
    assert choose_href("c1", "formal") == "/cabinet/catalog?cycle=c1&kind=programme"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "Формируется заявка"),
        ({"result": {"zet": "36.00", "earned_on": "2026-01-01"}}, "Зачтено"),
        ({"kind": "module", "starts_on": None, "ends_on": None}, "В процессе"),
        ({"kind": "event"}, "Запланировано"),
        ({"kind": "event", "starts_on": "2026-05-01", "ends_on": "2026-05-01"}, "Ждём результат"),
        (
            {"application": {"status": "completed", "number": "n"}, "result": {"zet": "36"}},
            "Успешно завершён",
        ),
    ],
)
def test_status_word_of_a_component(more, word):
    assert item_status(item(**more), DAY).word == word


@pytest.mark.parametrize(
    ("status", "removable"),
    [("draft", True), ("withdrawn", True), ("rejected", True), ("submitted", False), ("enrolled", False)],
)
def test_only_what_nothing_hangs_on_can_be_removed(status, removable):
    application = {"application_id": "a", "number": "n", "status": status}
    assert plan_groups(plan(item(application=application)), DAY)[0].lines[0].removable is removable
