"""When a seat can be held: pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class HoldState(StrEnum):
    """State of an application's seat."""

    HELD = "held"
    REFUSED = "refused"
    RELEASED = "released"


class Refusal(StrEnum):
    """Why no seat can be held."""

    NO_SEATS = "no_seats"
    ARCHIVED = "archived"
    STARTED = "started"


def refusal(*, published: bool, starts_on: date | None, today: date) -> Refusal:
    """Reason to name when the conditional update found no seat: the first that applies.

    An element that starts today still takes people.
    """
    if not published:
        return Refusal.ARCHIVED
    if starts_on is not None and starts_on < today:
        return Refusal.STARTED
    return Refusal.NO_SEATS
