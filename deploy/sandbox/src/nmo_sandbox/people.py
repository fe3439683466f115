"""The invented people every stand-in knows. None is a real person's record from any document.

The numbers stand in a range that is not issued (97x-…), carry a right control number and have no digit three times
in a row, so that every check of a real СНИЛС accepts them.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

Gender = Literal["M", "F"]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person as all stand-ins agree on them (what a register or an account adds is said there).

    Attributes:
        key: the name under which the person signs in; stable, see the public surface.
        oid: the account's number in ЕСИА.
        snils: eleven digits without separators.
        patronymic: None when the person has none.
        mobile: E.164, `+7` and ten digits.
        trusted: whether the ЕСИА account is confirmed.
        citizenship: ISO 3166-1 alpha-3.
        description: one line in Russian that tells what the person is good for.
    """

    key: str
    oid: int
    snils: str
    last_name: str
    first_name: str
    patronymic: str | None
    birth_date: date
    gender: Gender
    email: str
    mobile: str
    trusted: bool
    citizenship: str
    description: str


def people() -> list[Person]:
    """Return the invented people, in the order in which pages list them."""
    return list(_read())


@cache
def _read() -> tuple[Person, ...]:
    source = files("nmo_sandbox").joinpath("people.csv").read_text(encoding="utf-8")
    return tuple(_person(row) for row in csv.DictReader(source.splitlines()))


def _person(row: dict[str, str]) -> Person:
    return Person(
        key=row["key"],
        oid=int(row["oid"]),
        snils=row["snils"],
        last_name=row["last_name"],
        first_name=row["first_name"],
        patronymic=row["patronymic"] or None,
        birth_date=date.fromisoformat(row["birth_date"]),
        gender="F" if row["gender"] == "F" else "M",
        email=row["email"],
        mobile=row["mobile"],
        trusted=row["trusted"] == "yes",
        citizenship=row["citizenship"],
        description=row["description"],
    )
