"""What is searched for, in which order, from which place: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

MAX_WORDS: Final = 10
COUNT_CAP: Final = 1000
_PREFIX_FROM = 4
_WORD = re.compile(r"[0-9a-zа-я]+")
Sort = Literal["date", "-date", "zet", "-zet", "title", "-title", "price", "-price"]
SORT_COLUMNS: Final[dict[str, str]] = {
    "date": "listed_on",
    "zet": "zet",
    "title": "sort_title",
    "price": "price_kopecks",
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Filters and order of one search. An empty filter does not narrow."""

    words: tuple[str, ...] = ()
    specialty: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    organization: tuple[UUID, ...] = ()
    region: tuple[str, ...] = ()
    from_on: date | None = None
    to_on: date | None = None
    zet_min: Decimal | None = None
    zet_max: Decimal | None = None
    free: bool = False
    preferred: UUID | None = None
    sort: Sort = "date"

    @property
    def sort_column(self) -> str:
        """Column that orders the list."""
        return SORT_COLUMNS[self.sort.lstrip("-")]

    @property
    def descending(self) -> bool:
        """True for the greatest first."""
        return self.sort.startswith("-")


@dataclass(frozen=True, slots=True)
class Position:
    """Place in a list after which the next page starts.

    `phase` 0 lists the preferred organisation, 1 the others; `after` is the last row's (sort value, id), or empty
    at the start of a phase.
    """

    phase: int
    after: tuple[object, UUID] | None = field(default=None)


def words_of(text: str) -> tuple[str, ...]:
    """Words of a query in lower case, «ё» as «е», at most ten; single letters are left out."""
    found = _WORD.findall(text.lower().replace("ё", "е"))
    return tuple([word[:40] for word in found if len(word) > 1][:MAX_WORDS])


def tsquery_of(words: Sequence[str]) -> str:
    """Text-search expression: all words; longer ones also match as beginnings of words.

    Words hold only letters and digits (`words_of`), so the quoting cannot be broken.
    """
    return " & ".join(f"'{word}':*" if len(word) >= _PREFIX_FROM else f"'{word}'" for word in words)


def phases(criteria: Criteria) -> tuple[int, ...]:
    """Parts of the list in order: the preferred organisation first, if there is one."""
    return (0, 1) if criteria.preferred else (1,)
