"""Names: the table of pairs in both directions, and what holds for any name (MAT-01, MAT-03)."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_registry.lookup.known_names import FEMALE, MALE, SURNAMES
from nmo_registry.lookup.rules import (
    PersonName,
    compare_name,
    is_absent,
    mask_date,
    mask_name,
    match_person,
)
from nmo_registry.lookup.slips import is_slip, single_edit
from nmo_registry.lookup.spelling import fold, has_mixed_alphabet, normalise, squeeze
from nmo_sandbox.frmr.synthetic import card

# Characters that an editor would hide or mend stand in the table as \\uXXXX.
TABLE = re.sub(
    r"\\u([0-9a-f]{4})",
    lambda found: chr(int(found[1], 16)),
    (Path(__file__).parent / "name_pairs.csv").read_text(encoding="utf-8"),
)
PAIRS = list(csv.DictReader(TABLE.splitlines()))
BORN = date(1980, 2, 29)
LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
names = st.text(
    LETTERS + LETTERS.upper() + " -–'ABCEHKMOPTXYaceopxy\u00a0\u0301\u0306\u0308\u200b", max_size=25
)
any_text = st.text(max_size=20)
fields = st.sampled_from(["last_name", "first_name", "patronymic"])


@pytest.mark.req("MAT-03")
def test_table_is_large_enough() -> None:
    assert len(PAIRS) >= 300
    assert len({(pair["field"], pair["left"], pair["right"]) for pair in PAIRS}) == len(PAIRS)
    assert {pair["expected"] for pair in PAIRS} == {"equal", "equivalent", "weak", "conflict"}


@pytest.mark.req("MAT-03")
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['field']}:{pair['left']}|{pair['right']}")
def test_pair_in_both_directions(pair: dict[str, str]) -> None:
    left, right = pair["left"] or None, pair["right"] or None

    assert compare_name(pair["field"], left, right).result == pair["expected"], pair["why"]
    assert compare_name(pair["field"], right, left).result == pair["expected"], pair["why"]


@pytest.mark.req("MAT-03")
@given(fields, names, names)
def test_comparison_is_symmetric(field: str, left: str, right: str) -> None:
    assert compare_name(field, left, right) == compare_name(field, right, left)


@pytest.mark.req("MAT-03")
@given(any_text)
def test_keys_are_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.req("MAT-03")
@given(names)
def test_fold_is_idempotent_and_coarser(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert fold(normalise(name)) == fold(name)
    assert squeeze(fold(name)) == squeeze(name)


@pytest.mark.req("MAT-03")
@given(fields, names)
def test_a_name_equals_itself_however_it_is_encoded(field: str, name: str) -> None:
    assert compare_name(field, name, name).result == "equal"
    assert compare_name(field, unicodedata.normalize("NFD", name), name).result == "equal"
    assert compare_name(field, name.upper(), name.lower()).result in {"equal", "equivalent"}


@pytest.mark.req("MAT-03")
@given(fields, names, names)
def test_only_one_spelling_of_the_same_letters_is_taken_as_equal(field: str, left: str, right: str) -> None:
    result = compare_name(field, left, right).result
    same = fold(left) == fold(right) or (field == "patronymic" and is_absent(left) and is_absent(right))
    assert (result in {"equal", "equivalent"}) <= same


@pytest.mark.req("MAT-03")
def test_no_two_people_of_the_generator_pass_for_one() -> None:
    people = [_generated(number) for number in range(1, 2001)]
    passed = 0
    for one, two in zip(people, people[1:] + people[:1], strict=True):
        for other in (two, replace(two, birth_on=one.birth_on)):
            outcome = match_person(one, other).outcome
            same = _key(one) == _key(other)
            assert (outcome in {"exact", "equivalent"}) == same, (one, other)
            passed += same
        clerk = replace(
            one, last_name=one.last_name.upper().replace("Ё", "Е"), first_name=f" {one.first_name} "
        )
        assert match_person(one, clerk).outcome in {"exact", "equivalent"}
    assert passed < len(people) / 100


def _generated(number: int) -> PersonName:
    made = card(number, seed=7)
    return PersonName(
        made["lastName"], made["firstName"], made["patronymic"], date.fromisoformat(made["birthDate"][:10])
    )


def _key(of: PersonName) -> tuple[object, ...]:
    letters = (of.last_name, of.first_name, of.patronymic or "")
    return (*(name.lower().replace("ё", "е") for name in letters), of.birth_on)


@pytest.mark.req("MAT-03")
@given(st.sampled_from(sorted(MALE | FEMALE)), st.sampled_from(sorted(MALE | FEMALE)))
def test_two_known_given_names_are_never_a_slip(one: str, two: str) -> None:
    result = compare_name("first_name", one, two)
    if one == two:
        assert result.result == "equal"
    else:
        assert result.result == "conflict" or is_slip("first_name", one, two)
        assert result.result in {"weak", "conflict"}


@pytest.mark.req("MAT-03")
def test_no_two_known_surnames_are_mixed() -> None:
    by_length: dict[int, list[str]] = {}
    for name in SURNAMES:
        by_length.setdefault(len(name), []).append(name)
    for length, group in by_length.items():
        near = group + by_length.get(length + 1, [])
        for one in group:
            for two in near:
                if one != two and single_edit(one, two):
                    assert compare_name("last_name", one, two).result == "conflict", (one, two)


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("КОТ", "КИТ", "replaced"),
        ("КОТ", "КОТЫ", "dropped"),
        ("КОТ", "ОКТ", "swapped"),
        ("КОТ", "КОТ", None),
        ("КОТ", "КИТЫ", None),
        ("КОТ", "ДИМ", None),
        ("", "К", "dropped"),
        ("", "", None),
    ],
)
def test_single_edit(one: str, two: str, kind: str | None) -> None:
    for found in (single_edit(one, two), single_edit(two, one)):
        assert (found.kind if found else None) == kind


def person(
    last: str = "Иванов", first: str = "Пётр", patronymic: str | None = "Сергеевич", born: date = BORN
) -> PersonName:
    return PersonName(last, first, patronymic, born)


@pytest.mark.req("MAT-01")
@pytest.mark.parametrize(
    ("claimed", "record", "outcome", "conflicts"),
    [
        (person(), person(), "exact", []),
        (person(), person("ИВАНОВ", "ПЕТР", "СЕРГЕЕВИЧ"), "equivalent", []),
        (person(), person(patronymic=None), "weak", []),
        (person(), person(patronymic="Степанович"), "conflict", ["patronymic"]),
        (person(), person(born=date(1980, 3, 1)), "conflict", ["birth_on"]),
        (person("Ивонов"), person(), "weak", []),
        (person("Ивонов", "Пётр", "Сиргеевич"), person(), "conflict", ["last_name", "patronymic"]),
        (person("Ивонов"), person(patronymic=None), "conflict", ["last_name"]),
        (person("Иванов-Лебедев"), person("Иванов Лебедев", patronymic=None), "weak", []),
        (person("Петрова", "Мария", None), person("Петрова", "Марина", None), "conflict", ["first_name"]),
    ],
)
def test_whole_person(claimed: PersonName, record: PersonName, outcome: str, conflicts: list[str]) -> None:
    for match in (match_person(claimed, record), match_person(record, claimed)):
        assert match.outcome == outcome
        assert [item.field for item in match.fields if item.result == "conflict"] == conflicts
        assert [item.field for item in match.fields] == ["last_name", "first_name", "patronymic", "birth_on"]


@pytest.mark.req("MAT-01")
def test_former_surname_counts_only_if_the_record_holds_it() -> None:
    old, new = person("Григорьева", "Екатерина", None), person("Орлова", "Екатерина", None)

    assert match_person(old, new, former_last_names=["ГРИГОРЬЕВА"]).outcome == "equivalent"
    assert match_person(old, new, former_last_names=["Белова"]).outcome == "conflict"


@pytest.mark.parametrize(
    "text", [None, "", " ", "-", "—", "нет", "НЕТ", "Отсутствует", "б/о", "без  отчества", "."]
)
def test_absent_patronymic(text: str | None) -> None:
    assert is_absent(text)


@pytest.mark.parametrize("text", ["Нетович", "Петрович", "Оглы"])
def test_present_patronymic(text: str) -> None:
    assert not is_absent(text)


def test_mixed_alphabet_is_reported() -> None:
    assert has_mixed_alphabet("Иванoв")
    assert not has_mixed_alphabet("Smith")
    assert not has_mixed_alphabet("Иванов")
    assert compare_name("last_name", "Иванoв", "Иванов").reason == "alphabet"


def test_masks_hide_all_but_the_first_letters() -> None:
    assert mask_name("Семёнова-Королёва") == "С•••••••-К•••••••"
    assert mask_name("Мамед оглы") == "М•••• о•••"
    assert mask_name(None) is None
    assert mask_name("нет") is None
    assert mask_date(date(1987, 1, 9)) == "••.••.1987"
