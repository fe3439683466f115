"""Dates in a text, in every usual writing."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def dates_in(text: str) -> Iterator[tuple[str, int]]:
    """Each date as ISO writes it, with its place; `datetime.date(1961, 4, 12)` too."""
    for form in _FORMS:
        for match in form.finditer(text):
            yield f"{match['y']}-{int(match['m']):02d}-{int(match['d']):02d}", match.start()
    for match in _IN_WORDS.finditer(text):
        yield f"{match[3]}-{_NUMBER[match[2].lower()]:02d}-{int(match[1]):02d}", match.start()
