"""The invented people."""

import pytest

from nmo_sandbox.people import people

NAMED_IN_THE_SURFACE = [
    "match",
    "equivalent",
    "weak",
    "conflict",
    "unconfirmed",
    "absent",
    "protocol",
    "before2016",
    "many",
    "foreign",
    "org-staff",
    "org-admin",
    "head",
    "hr",
    "support",
    "support2",
    "admin",
]


def test_everyone_whom_the_surface_names_is_there():
    assert [person.key for person in people()][: len(NAMED_IN_THE_SURFACE)] == NAMED_IN_THE_SURFACE


@pytest.mark.parametrize("person", people(), ids=lambda person: person.key)
def test_every_number_is_sound(person):
    digits = [int(symbol) for symbol in person.snils]
    assert len(digits) == 11
    assert sum(
        digit * weight for digit, weight in zip(digits, range(9, 0, -1), strict=False)
    ) % 101 % 100 == (digits[9] * 10 + digits[10])
    assert int(person.snils[:9]) > 1_001_998
    assert person.email.endswith(".example.org")
    assert person.mobile.startswith("+7")
    assert len(person.mobile) == 12


def test_numbers_are_nobody_elses():
    for name in ("key", "oid", "snils", "email", "mobile"):
        values = [getattr(person, name) for person in people()]
        assert len(set(values)) == len(values)


def test_people_are_what_their_keys_say():
    by_key = {person.key: person for person in people()}
    assert not by_key["unconfirmed"].trusted
    assert by_key["foreign"].patronymic is None
    assert by_key["foreign"].citizenship != "RUS"
    assert "ё" in by_key["equivalent"].last_name
    assert "-" in by_key["equivalent"].last_name
    assert by_key["match"].gender == "F"
