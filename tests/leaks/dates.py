"""Dates in a text, in every usual writing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MONTHS = (
    "январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр",
)  # fmt: skip
_NUMBER = {stem: place for place, stem in enumerate(_MONTHS, start=1)}
_FORMS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?!\d)"),
    re.compile(r"\((?P<y>\d{4}), ?(?P<m>\d{1,2}), ?(?P<d>\d{1,2})"),
)
_IN_WORDS = re.compile(rf"(?<!\d)(\d{{1,2}})\s+({'|'.join(_MONTHS)})[а-я]{{0,2}}\s+(\d{{4}})", re.IGNORECASE)


REACH = 24
"""No writing of a date is longer."""


def dates_of(years: Iterable[str], text: str) -> Iterator[tuple[str, int]]:
    """As `dates_in`, of some years only: a year is found much faster than whatever might be a date."""
    for year in years:
        spot = text.find(year)
        while spot >= 0:
            begin = max(0, spot - REACH)
            for iso, place in dates_in(text[begin : spot + REACH]):
                yield iso, begin + place
            spot = text.find(year, spot + 1)


def dates_in(text: str) -> Iterator[tuple[str, int]]:
    """Each date as ISO writes it, with its place; `datetime.date(1961, 4, 12)` too."""
    for form in _FORMS:
        for match in form.finditer(text):
            yield f"{match['y']}-{int(match['m']):02d}-{int(match['d']):02d}", match.start()
    for match in _IN_WORDS.finditer(text):
        yield f"{match[3]}-{_NUMBER[match[2].lower()]:02d}-{int(match[1]):02d}", match.start()
