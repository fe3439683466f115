"""Pure rules of differences: which fields are compared, what is no difference, what a person may answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from nmo_registry.frmr.record import Record

PERSON: Final = "person"
"""Subject of a difference in the person's own data; others are ids of documents."""


class Choice(StrEnum):
    """What a person answers about a difference."""

    ACCEPT = "accept"
    """The register is right."""
    DISPUTE = "dispute"
    """One's own value stays; the person disputes the register's."""
    ASK_EMPLOYER = "ask_employer"
    """The employer is to correct the register."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of two sources."""

    field: str
    own: str
    register: str

    @property
    def same(self) -> bool:
        """No difference."""
        return self.own.casefold() == self.register.casefold()


def person_values(record: Record) -> dict[str, str]:
    """What the register says of the person, by the fields that can differ."""
    return {
        "last_name": record.last_name,
        "first_name": record.first_name,
        "patronymic": record.patronymic or "",
        "birth_on": record.birth_on.isoformat(),
        "gender": record.gender,
        "citizenship": record.citizenship_name,
    }


@dataclass(frozen=True, slots=True)
class Side:
    """A document as one source has it."""

    kind: str
    series: str
    number: str
    exam_on: date | None
    issued_on: date


def document_fields(own: Side, found: Side) -> list[Compared]:
    """A document as its owner typed it beside the register's.

    What an extract does not have yet (series, number; zeros stand for none) is not compared.
    """
    compared = [Compared("exam_on", _day(own.exam_on), _day(found.exam_on))]
    if own.kind == found.kind:
        compared.append(Compared("issued_on", _day(own.issued_on), _day(found.issued_on)))
        if own.number.strip("0 "):
            compared += [
                Compared("series", own.series, found.series),
                Compared("number", own.number, found.number),
            ]
    return compared


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
