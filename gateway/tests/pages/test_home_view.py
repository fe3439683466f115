from datetime import date, timedelta

import pytest

from nmo_gateway.pages.contacts.view import lines
from nmo_gateway.pages.home.view import choose_cycle, tasks, terms

DAY = date(2026, 6, 1)


def application(status, *, starts=30, ends=40, **more):
    return {
        "number": "NMO-0000001-2026",
        "status": status,
        "reason": None,
        "element": {
            "title": "Неотложная кардиология",
            "organization_id": "o1",
            "starts_on": (DAY + timedelta(days=starts)).isoformat(),
            "ends_on": (DAY + timedelta(days=ends)).isoformat(),
        },
        **more,
    }


def test_each_task_opens_the_exact_place():
    found = tasks(
        [application("draft"), application("documents_requested", reason="Пришлите копию")],
        [],
        None,
        None,
        DAY,
    )
    assert [(task.href, task.status.word) for task in found] == [
        ("/cabinet/applications/NMO-0000001-2026", "Нужны документы"),
        ("/cabinet/applications/NMO-0000001-2026/edit", "Нужно действие"),
    ]
    assert found[0].hint == "Пришлите копию"


def test_a_result_a_month_late_is_a_task():
    late = tasks([application("enrolled", starts=-60, ends=-31)], [], None, None, DAY)
    assert late[0].href == "/organisations/o1"
    assert tasks([application("enrolled", starts=-60, ends=-30)], [], None, None, DAY) == []


def test_five_tasks_at_most_and_the_urgent_first():
    many = [application("draft", starts=n) for n in range(9, 0, -1)]
    found = tasks(many, [], None, None, DAY)
    assert [(task.due - DAY).days for task in found] == [1, 2, 3, 4, 5]


@pytest.mark.req("NOT-03")
def test_address_that_takes_no_letters_is_a_task():
    email = {"value": "orlova@klinika.example", "confirmed": True, "bounced": True}
    (task,) = tasks([], [], None, None, DAY, email=email)
    assert (task.href, task.status.word) == ("/cabinet/profile/contacts", "Нужно действие")
    assert "orlova@klinika.example не доходят" in task.hint
    assert tasks([], [], None, None, DAY, email={**email, "bounced": False}) == []
    assert tasks([], [], None, None, DAY) == []


@pytest.mark.req("NOT-03")
def test_contacts_say_that_letters_do_not_arrive():
    email = {"value": "orlova@klinika.example", "confirmed": True, "bounced": True}
    other = {"value": None, "confirmed": False}
    (line, *_) = lines({"email": email, "phone": other, "postal": other, "pending": []})
    assert (line.status.word, line.verb) == ("Письма не доходят", "Изменить")


def test_an_empty_plan_asks_for_the_first_programme():
    cycle = {"cycle_id": "c1", "closed": False, "ends_on": "2030-01-01", "specialty_name": "Кардиология"}
    found = tasks([], [], cycle, {"groups": [{"items": []}]}, DAY)
    assert found[0].href == "/cabinet/catalog?cycle=c1&kind=programme"


def test_terms_are_the_next_days_only():
    cycle = {"cycle_id": "c1", "closed": False, "ends_on": "2030-01-01", "specialty_name": "Кардиология"}

    def item(title, starts, ends, **more):
        return {
            "kind": "programme",
            "title": title,
            "starts_on": (DAY + timedelta(days=starts)).isoformat(),
            "ends_on": (DAY + timedelta(days=ends)).isoformat(),
            "application": None,
            "result": None,
            **more,
        }

    plan = {
        "groups": [
            {
                "items": [
                    item("А", 10, 20),
                    item("Б", -5, 5),
                    item("В", -20, -10),
                    item("Г", 3, 4, application={"status": "rejected"}),
                ]
            }
        ]
    }
    assert [term.what for term in terms(cycle, plan, DAY)] == [
        "окончание: «Б»",
        "начало: «А»",
        "конец цикла «Кардиология»",
    ]


def test_cycle_asked_for_then_the_open_one():
    cycles = [{"cycle_id": "1", "closed": True}, {"cycle_id": "2", "closed": False}]
    assert choose_cycle(cycles, "1")["cycle_id"] == "1"
    assert choose_cycle(cycles, "other")["cycle_id"] == "2"
    assert choose_cycle([], None) is None
