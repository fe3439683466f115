"""What pages and versions of НСИ are taken for (FRM-07)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_registry.nsi.answers import Page, day_of
from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.reference_books.rules import (
    BadPageError,
    Known,
    Row,
    Value,
    is_newer,
    read_page,
    shrank,
    successors_of,
    values_of,
    wrongly_decoded,
)

SPEC = SPECS["specialties"]
TODAY = date(2026, 11, 21)
RUSSIAN = st.text(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ -«»№().,0123456789", min_size=1
)


@given(RUSSIAN)
def test_sound_names_are_never_called_wrongly_decoded(name: str) -> None:
    assert not wrongly_decoded(name)


@pytest.mark.parametrize("name", ["Кардиология", "Врач-терапевт участковый", "ё-моё, 35 % работы"])
def test_wrongly_decoded_names_are_seen(name: str) -> None:
    assert wrongly_decoded(name.encode().decode("cp1251", errors="replace"))
    assert wrongly_decoded(name.encode().decode("latin-1"))
    assert wrongly_decoded(name.encode("cp1251").decode("latin-1"))
    assert wrongly_decoded(name.encode("cp1251").decode("utf-8", errors="replace"))
    assert wrongly_decoded(name + "\x00")


@pytest.mark.parametrize(
    ("total", "rows", "reason"),
    [
        (2, [{"ID": "1", "NAME": "А"}], "half_page: 1 of 2 rows"),
        (3, [{"ID": "1", "NAME": "А"}, {"ID": "2", "NAME": "Б"}], "total_changed: 3 instead of 2"),
        (2, [{"ID": "1", "NAME": "А"}, {"NAME": "Б"}], "missing_field: ID"),
        (2, [{"ID": "1", "NAME": "А"}, {"ID": "2", "NAME": ""}], "missing_field: NAME of 2"),
        (2, [{"ID": "1", "NAME": "А"}, {"ID": "1", "NAME": "Б"}], "duplicate: 1"),
        (2, [{"ID": "1", "NAME": "А"}, {"ID": "2", "NAME": "Êàðäèî"}], "encoding: 2"),
    ],
)
def test_bad_pages(total: int, rows: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(BadPageError) as refused:
        read_page(Page(total, tuple(rows)), SPEC, number=1, size=10, total=2)
    assert refused.value.reason == reason


def row(code: str, name: str, **more: str) -> Row:
    return Row(code, {"ID": code, "NAME": name, "PARENT": "1", "REL": "1", **more})


GROUP = Row("1", {"ID": "1", "NAME": "Специальности с высшим образованием", "PARENT": ""})


def test_keys_outlive_names_and_codes() -> None:
    known = Known(
        codes={"27": "VO-027"},
        names={("VO", "КАРДИОЛОГИЯ"): "VO-027", ("VO", "ГЕНЕТИКА"): "VO-011"},
        values=[
            Value("VO-027", "27", "Кардиология", valid_from=date(2026, 9, 1)),
            Value("VO-011", "11", "Генетика", valid_until=date(2030, 1, 1)),
        ],
    )
    rows = [
        GROUP,
        row("27", "Кардиология взрослых"),
        row("90", "Кардиология"),
        row("91", "Генетика", REL="0"),
        row("92", "ГЕНЕТИКА"),
    ]
    values, codes = values_of(rows, SPEC, known, released_on=date(2026, 11, 1), today=TODAY)

    assert {(value.key, value.code, value.name, value.in_force) for value in values} == {
        ("VO-027", "27", "Кардиология взрослых", True),
        ("NSI-90", "90", "Кардиология", True),
        ("VO-011", "92", "ГЕНЕТИКА", True),
        ("NSI-91", "91", "Генетика", False),
    }
    assert next(value for value in values if value.key == "VO-027").valid_from == date(2026, 9, 1)
    assert codes == {"90": "NSI-90", "91": "NSI-91", "92": "VO-011"}


def test_what_is_no_longer_listed_stays_readable() -> None:
    known = Known(values=[Value("VO-011", "11", "Генетика", valid_until=date(2030, 1, 1))])
    values, _ = values_of([GROUP, row("27", "Кардиология")], SPEC, known, released_on=TODAY, today=TODAY)
    assert [(value.key, value.in_force, value.valid_until) for value in values] == [
        ("NSI-27", True, None),
        ("VO-011", False, TODAY),
    ]


def test_successors_follow_several_steps_and_no_circle() -> None:
    told = {"a": ["b", "c"], "b": ["d"], "c": ["a", "e"], "e": []}
    assert successors_of("a", told, {"d"}) == ["d"]
    assert successors_of("a", told, {"a", "d"}) == ["a"]
    assert successors_of("e", told, {"d"}) == []


def test_small_rules() -> None:
    assert is_newer("6.12", "6.5")
    assert not is_newer("5.1", "5.1")
    assert shrank(100, 89)
    assert not shrank(100, 90)
    assert not shrank(4, 1)
    assert day_of("10.02.2025 00:00") == day_of("2025-02-10T00:00:00+03:00") == date(2025, 2, 10)
    assert day_of("31.02.2025") is None
