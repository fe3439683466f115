"""REG-06, P01, P02: what is taken for a password, under both profiles."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest

from nmo_identity.passwords import blocklist
from nmo_identity.passwords.building.words import built
from nmo_identity.passwords.rules import (
    PROFILES,
    Profile,
    days_left,
    form_faults,
    is_over,
    notice_due,
)
from nmo_identity.passwords.strength import MIN_GUESSES, faults_of, guesses

OWN = ("Журавская", "Марина", "zhuravskaya@mail.example", "zhuravskaya")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(params=["seed", "modern"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return PROFILES[request.param]


def codes(password: str, profile: Profile) -> list[str]:
    return [fault.code for fault in faults_of(password, profile, OWN)]


@pytest.mark.req("REG-06", "P01")
@pytest.mark.parametrize(("length", "good"), [(-1, False), (0, True)])
def test_shortest_length_is_the_profiles(profile: Profile, length: int, good: bool) -> None:
    password = "Kx7!vwQzbm4?hTr9jd2"[: profile.min_length + length]
    assert ("too_short" in [fault.code for fault in form_faults(password, profile)]) is not good
    assert (codes(password, profile) == []) is good


@pytest.mark.req("REG-06", "P01")
@pytest.mark.parametrize(("length", "good"), [(128, True), (129, False)])
def test_longest_length_is_one_hundred_and_twenty_eight(profile: Profile, length: int, good: bool) -> None:
    password = ("Ю7!vкЩzbЖ4?hТr9jд2" * 9)[:length]
    assert ("too_long" in [fault.code for fault in form_faults(password, profile)]) is not good


@pytest.mark.req("REG-06", "P01")
@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("кобыла-7-зонтик-трактор", "заглавную букву"),
        ("КОБЫЛА-7-ЗОНТИК-ТРАКТОР", "строчную букву"),
        ("Кобыла-Зонтик-Трактор", "цифру"),
        ("Кобыла7Зонтик7Трактор", "специальный знак"),
    ],
)
def test_each_missing_class_is_named_where_classes_are_asked(
    profile: Profile, password: str, words: str
) -> None:
    found = form_faults(password, profile)
    assert [fault.code for fault in found] == (["classes"] if profile.classes else [])
    if profile.classes:
        assert words in found[0].message


@pytest.mark.req("REG-06", "P01")
def test_both_encodings_of_a_letter_are_one_sign(profile: Profile) -> None:
    composed, parted = "й" * profile.min_length, "и\u0306" * profile.min_length
    assert [fault.code for fault in form_faults(composed, profile)] == [
        fault.code for fault in form_faults(parted, profile)
    ]


@pytest.mark.req("REG-06", "T07")
@pytest.mark.parametrize(
    "password",
    [
        "Медицина2026!",
        "Vtlbwbyf2026!",
        "Йцукен123!",
        "P@ssw0rd",
        "Ghbdtn2026!",
        "Password123!",
        "Gfhjkm123!",
        "Meditsina2026!",
        "!!Apteka77",
    ],
)
def test_common_passwords_are_refused_in_every_spelling(profile: Profile, password: str) -> None:
    assert "common" in codes(password, profile)


@pytest.mark.req("REG-06")
@pytest.mark.parametrize("password", ["Журавская-1984!", "Zhuravskaya@mail1!", "Портал НМО-2026!"])
def test_own_words_and_the_portals_are_refused(profile: Profile, password: str) -> None:
    assert {"own_words", "common", "guessable", "too_short"} & set(codes(password, profile))


@pytest.mark.req("REG-06")
def test_weakest_form_counts() -> None:
    assert guesses("Privet2020") < MIN_GUESSES <= guesses("Кобыла-7-Зонтик!")


@pytest.mark.req("REG-06", "T07")
def test_list_is_long_sorted_and_built_from_the_same_words_again() -> None:
    assert blocklist.size() > 100_000
    raw = built()
    assert len(raw) == blocklist.size() * blocklist.PREFIX
    assert blocklist.contains("qwertyuiop")
    assert not blocklist.contains("Кобыла-7-Зонтик!")
    assert (resources.files("nmo_identity.passwords") / "common.bin").read_bytes() == raw


@pytest.mark.req("REG-06", "P02")
@pytest.mark.parametrize(("days", "over"), [(89, False), (90, True), (91, True)])
def test_age_ends_after_ninety_days_where_it_ends_at_all(profile: Profile, days: int, over: bool) -> None:
    set_at = NOW - timedelta(days=days)
    assert is_over(set_at, profile, NOW) is (over and profile.max_age is not None)
    assert (days_left(set_at, profile, NOW) is None) is (profile.max_age is None)


@pytest.mark.req("P02")
@pytest.mark.parametrize(
    ("left", "noticed", "due"),
    [
        (15, None, None),
        (14, None, 14),
        (14, 14, None),
        (7, 14, 7),
        (3, 7, None),
        (1, 7, 1),
        (1, 1, None),
        (0, 1, None),
        (None, None, None),
    ],
)
def test_each_notice_is_owed_once(left: Any, noticed: Any, due: Any) -> None:
    assert notice_due(left, noticed) == due
