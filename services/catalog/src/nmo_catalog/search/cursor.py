"""The opaque cursor of a search: the place in the list, and what the first page found out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from nmo_catalog.search.rules import Criteria, Position
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.paging import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page starts, how many fit in all, and the corrected words if the first page corrected them."""

    position: Position
    total: int
    suggestion: str | None


def encode(place: Place) -> str:
    """As opaque text."""
    value, id_ = place.position.after or (None, None)
    return encode_cursor(
        {"p": place.position.phase, "v": value, "i": id_, "t": place.total, "s": place.suggestion}
    )


def decode(cursor: str, criteria: Criteria) -> Place:
    """What `encode` took, for a search with the same filters and order.

    Raises:
        FieldProblem: the text is no cursor of this list.
    """
    found = decode_cursor(cursor)
    try:
        after = (_value(found["v"], criteria.sort_column), UUID(found["i"]))
        suggestion = None if found["s"] is None else str(found["s"])
        return Place(Position(int(found["p"]), after), int(found["t"]), suggestion)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error


def _value(raw: Any, column: str) -> object:
    match column:
        case "listed_on":
            return date.fromisoformat(raw)
        case "zet":
            return Decimal(raw)
        case "price_kopecks":
            return int(raw)
        case _:
            return str(raw)
