"""Rules of the search."""

from uuid import UUID

import pytest

from nmo_catalog.search.cursor import Place, decode, encode
from nmo_catalog.search.rules import Criteria, Position, phases, tsquery_of, words_of
from nmo_kit.errors import FieldProblem
from nmo_kit.paging import encode_cursor


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Неотложная кардиология", ("неотложная", "кардиология")),
        ("Лёгочная", ("легочная",)),
        ("боль в спине", ("боль", "спине")),
        ("анестезиология-реаниматология", ("анестезиология", "реаниматология")),
        ("'); drop table element; --", ("drop", "table", "element")),
        ("&|!:*()<->", ()),
        ("ЭКГ 12", ("экг", "12")),
        ("", ()),
    ],
)
def test_words_hold_letters_and_digits_only(typed, words):
    assert words_of(typed) == words


def test_a_query_has_at_most_ten_words():
    assert len(words_of(" ".join(f"слово{n}" for n in range(50)))) == 10


def test_longer_words_match_as_beginnings():
    assert tsquery_of(["рак", "кардиол"]) == "'рак' & 'кардиол':*"


def test_the_preferred_organisation_makes_a_first_phase():
    assert phases(Criteria()) == (1,)
    assert phases(Criteria(preferred=UUID(int=1))) == (0, 1)


@pytest.mark.parametrize(
    ("sort", "value"), [("date", "2026-12-01"), ("-zet", "36.00"), ("title", "кардиология"), ("price", 100)]
)
def test_a_cursor_survives_the_journey(sort, value):
    criteria = Criteria(sort=sort)
    text = encode(Place(Position(0, (value, UUID(int=5))), 17, "кардиология"))
    place = decode(text, criteria)
    assert place.position.phase == 0
    assert str(place.position.after[0]) == str(value)
    assert place.position.after[1] == UUID(int=5)
    assert (place.total, place.suggestion) == (17, "кардиология")


@pytest.mark.parametrize(
    "cursor",
    [
        "xxx",
        encode_cursor({"p": 0}),
        encode_cursor({"p": 0, "v": "not a date", "i": str(UUID(int=1)), "t": 0, "s": None}),
        encode_cursor({"p": "x", "v": "2026-01-01", "i": str(UUID(int=1)), "t": 0, "s": None}),
        encode_cursor({"p": 0, "v": None, "i": 5, "t": 0, "s": None}),
    ],
)
def test_a_foreign_cursor_is_a_fault_of_the_field(cursor):
    with pytest.raises(FieldProblem) as caught:
        decode(cursor, Criteria())
    assert caught.value.field_errors[0].pointer == "/cursor"
