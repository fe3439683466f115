"""Rules of spelling correction."""

import pytest

from nmo_catalog.spelling.rules import allowed_edits, edit_distance, in_cyrillic_layout, nearest


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [
        ("", "", 0),
        ("кардиология", "кардиология", 0),
        ("кардеология", "кардиология", 1),
        ("кадриология", "кардиология", 1),
        ("карология", "кардиология", 2),
        ("рак", "рок", 1),
        ("", "рак", 3),
    ],
)
def test_distance_counts_single_mistakes(left, right, distance):
    assert edit_distance(left, right) == distance
    assert edit_distance(right, left) == distance


@pytest.mark.parametrize(("length", "edits"), [(3, 0), (4, 1), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_short_words_may_hold_fewer_mistakes(length, edits):
    assert allowed_edits(length) == edits


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("кардеология", "кардиология"),
        ("инфарт", "инфаркт"),
        ("неотложнная", "неотложная"),
        ("рак", None),
        ("самолет", None),
    ],
)
def test_the_nearest_known_word_is_meant(typed, meant):
    known = [("кардиология", 40), ("инфаркт", 5), ("инфаркта", 9), ("неотложная", 7), ("роды", 3)]
    assert nearest(typed, known) == meant


def test_of_equally_near_words_the_more_frequent_is_meant():
    assert nearest("астмо", [("астме", 2), ("астма", 9)]) == "астма"


@pytest.mark.parametrize(
    ("typed", "russian"),
    [
        ("rfhlbjkjubz", "кардиология"),
        ("Ktxtybt", "Лечение"),
        ("кардио", None),
        ("123", None),
        ("ЭКГ rf", None),
    ],
)
def test_the_wrong_keyboard_layout_is_seen(typed, russian):
    assert in_cyrillic_layout(typed) == russian
