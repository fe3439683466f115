"""Rules of cycles: sections and dates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from nmo_cycles.documents.rules import Document

YEARS: Final = 5
NEW_ORDER_FROM: Final = date(2016, 1, 1)
"""From this day on doctors are admitted by accreditation and learn in five-year cycles."""


SAME_EXAM: Final = timedelta(days=31)


class Section(StrEnum):
    """Part of the cabinet a cycle belongs to."""

    ACCREDITATION = "accreditation"
    CERTIFICATION = "certification"


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day of a cycle."""

    starts_on: date
    ends_on: date

    def overlaps(self, other: Span) -> bool:
        """True if a day belongs to both."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


def section_of(issued_on: date) -> Section:
    """Section by the date of the document (CYC-01)."""
    return Section.ACCREDITATION if issued_on >= NEW_ORDER_FROM else Section.CERTIFICATION


def last_day(starts_on: date) -> date:
    """Last day of five years that begin on `starts_on` (CYC-02): 25.05.2016 gives 24.05.2021.

    A cycle begun on 29 February ends on 28 February: the term has no such day in its last month.
    """
    year = starts_on.year + YEARS
    try:
        anniversary = starts_on.replace(year=year)
    except ValueError:
        anniversary = date(year, 3, 1)
    return anniversary - timedelta(days=1)


def span_of(document: Document) -> Span:
    """Dates of the cycle: from the exam to the register's end date, else five years less a day."""
    computed = last_day(document.exam_on)
    until = document.valid_until
    return Span(document.exam_on, until if until is not None and until > document.exam_on else computed)


def same_exam(one: date, other: date) -> bool:
    """Exams of a specialty within a month are one, as the registry holds too: nobody is admitted twice in a month."""
    return abs(one - other) <= SAME_EXAM
