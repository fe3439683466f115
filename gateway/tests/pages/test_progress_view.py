from datetime import date
from decimal import Decimal

import pytest

from nmo_gateway.pages.progress.view import distance, hero, ledger_rows, norms, year_rows

CYCLE = {"cycle_id": "c", "specialty_name": "Кардиология", "ends_on": "2026-05-24"}


def progress(total, **more):
    return {"total_zet": total, "target_zet": "250.00", "years": [], **more}


@pytest.mark.req("CYC-10")
def test_hero_says_what_is_left_until_when_and_the_pace():
    card = hero(progress("164.00"), CYCLE, date(2025, 11, 21))
    assert card.heading == "Осталось набрать 86\u00a0ЗЕТ"
    words = card.sentence.replace("\u00a0", " ")
    assert "«Кардиология» заканчивается 24.05.2026 — через 184 дня" in words
    assert "около 14 ЗЕТ в месяц" in words


def test_hero_of_a_finished_and_of_a_missed_cycle():
    assert hero(progress("256.00"), CYCLE, date(2025, 11, 21)).finished
    missed = hero(progress("200.00"), CYCLE, date(2026, 6, 1))
    assert missed.heading == "Не хватило 50\u00a0ЗЕТ"
    assert "закончился 24.05.2026" in missed.sentence


def test_last_days_never_ask_for_more_than_is_left():
    assert "около 86\u00a0ЗЕТ" in hero(progress("164.00"), CYCLE, date(2026, 5, 20)).sentence


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1 день"), (184, "184 дня"), (400, "1 год 1 месяц"), (1425, "3 года 10 месяцев"), (1827, "5 лет")],
)
def test_distance(days, words):
    assert distance(days).replace("\u00a0", " ") == words


def test_years_are_named_by_their_calendar():
    rows = year_rows(
        progress(
            "0.00",
            years=[
                {"year": 1, "from": "2025-05-25", "to": "2026-05-24", "zet": "36.00", "target_zet": "50.00"},
                {"year": 2, "from": "2026-01-01", "to": "2026-12-31", "zet": "0.00", "target_zet": "50.00"},
            ],
        ),
        date(2025, 6, 1),
    )
    assert [row.label for row in rows] == ["2025/26", "2026"]
    assert rows[0].current
    assert rows[0].zet == Decimal("36.00")


@pytest.mark.req("CYC-07")
def test_norms_stand_apart_and_are_never_summed():
    found = norms(
        progress(
            "128.00",
            norms=[
                {"title": "250", "satisfied": False, "required": "250.00", "counted": "128.00", "parts": []},
                {
                    "title": "144",
                    "satisfied": False,
                    "required": "144.00",
                    "counted": "126.00",
                    "parts": [{"title": "ПК", "required": "72.00", "counted": "126.00", "satisfied": True}],
                },
            ],
        )
    )
    assert [norm.counted for norm in found] == [Decimal("128.00"), Decimal("126.00")]
    assert found[1].parts[0].satisfied


@pytest.mark.req("CYC-09")
def test_a_correction_is_a_second_entry():
    rows = ledger_rows(
        [
            {
                "earned_on": "2026-01-01",
                "recorded_at": "2026-01-02T00:00:00Z",
                "title": "А",
                "kind": "module",
                "zet": "4.00",
                "reversed_entry_id": None,
            },
            {
                "earned_on": "2026-01-01",
                "recorded_at": "2026-01-05T00:00:00Z",
                "title": "А",
                "kind": "module",
                "zet": "-4.00",
                "reversed_entry_id": "x",
            },
        ]
    )
    assert [row.zet for row in rows] == ["−4", "+4"]
    assert rows[0].reversal
