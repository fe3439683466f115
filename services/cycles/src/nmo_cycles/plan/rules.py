"""Rules of the plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from nmo_cycles.norms.rules import Component

GROUP_TITLES: Final[dict[Component, str]] = {
    Component.FORMAL: "Дополнительные профессиональные программы повышения квалификации",
    Component.INFORMAL: "Образовательные мероприятия",
}
BRANCHES: Final[dict[Component, str | None]] = {
    Component.FORMAL: "Актуальные вопросы специальности",
    Component.INFORMAL: None,
}


class Refusal(StrEnum):
    """Why an element cannot be put into a plan."""

    UNAVAILABLE = "element_unavailable"
    OTHER_SPECIALTY = "specialty_mismatch"
    STARTED = "element_started"
    OUTSIDE = "element_outside_cycle"


def refusal(
    specialty_key: str,
    ends_on: date,
    *,
    element_keys: Sequence[str],
    successors: Sequence[str] = (),
    element_starts_on: date | None,
    archived: bool,
    today: date,
) -> Refusal | None:
    """The first reason that an element does not fit a cycle; None if it fits.

    Args:
        specialty_key: specialty of the cycle.
        ends_on: last day of the cycle.
        element_keys: specialties the element counts for.
        successors: what the cycle's specialty became, if it is out of force.
        element_starts_on: its first day; None if one may begin on any day.
        archived: it can no longer be chosen.
        today: present day.
    """
    if archived:
        return Refusal.UNAVAILABLE
    if {specialty_key, *successors}.isdisjoint(element_keys):
        return Refusal.OTHER_SPECIALTY
    if element_starts_on is not None and element_starts_on < today:
        return Refusal.STARTED
    if element_starts_on is not None and element_starts_on > ends_on:
        return Refusal.OUTSIDE
    return None


def item_status(kind: str, *, application_status: str | None, has_result: bool) -> str:
    """State of a plan item in one word: its result before its application, its application before its kind."""
    if has_result:
        return "completed"
    if application_status is not None:
        return application_status
    return "application_pending" if kind == "programme" else "planned"
