"""Rows of seats as events."""

from __future__ import annotations

from nmo_catalog.seats.tables import SeatHold
from nmo_contracts.catalog import SeatHeldV1, SeatRefusedV1, SeatReleasedV1


def held(hold: SeatHold, seats_left: int) -> SeatHeldV1:
    """A seat is held."""
    return SeatHeldV1(application_id=hold.application_id, element_id=hold.element_id, seats_left=seats_left)


def refused(hold: SeatHold) -> SeatRefusedV1:
    """No seat can be held; the row says why."""
    return SeatRefusedV1(
        application_id=hold.application_id, element_id=hold.element_id, reason=hold.reason or ""
    )


def released(hold: SeatHold, seats_left: int) -> SeatReleasedV1:
    """The seat is free again."""
    return SeatReleasedV1(
        application_id=hold.application_id, element_id=hold.element_id, seats_left=seats_left
    )
