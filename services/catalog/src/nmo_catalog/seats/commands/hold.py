"""Holding a seat for a submitted application."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from nmo_catalog.seats import events, queries
from nmo_catalog.seats.rules import HoldState, Refusal, refusal
from nmo_catalog.seats.tables import SeatHold
from nmo_kit import failpoints, journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox


async def hold_seat(
    session: WriteSession,
    application_id: UUID,
    element_id: UUID,
    *,
    application_version: int,
    person_id: UUID,
    today: date,
    now: datetime,
    causation: Envelope | None = None,
) -> HoldState:
    """Hold a seat of the element for the application, or refuse (APP-05, CAT-07).

    Idempotent: an application holds at most one seat, and a repeated submission gets the answer again. A submission
    older than what was already acted on (a later withdrawal came first) changes nothing.

    Tells `catalog.seat.held` or `catalog.seat.refused` and writes the journal. Returns the seat's state.
    """
    hold = await queries.hold_for_update(session, application_id, element_id)
    if application_version <= hold.application_version:
        return HoldState(hold.state)
    hold.application_version = application_version
    hold.version += 1
    hold.updated_at = now
    session.add(hold)
    await failpoints.hit("catalog.seat.before_take")
    seats_left = await _take(session, hold, element_id, today=today)
    await failpoints.hit("catalog.seat.taken")
    event = events.refused(hold) if seats_left is None else events.held(hold, seats_left)
    await outbox.add(session, event, version=hold.version, causation=causation)
    await journal.record(
        session,
        actor="catalog.seats",
        action=f"catalog.seat.{hold.state}",
        object_=f"application/{application_id}",
        person_id=person_id,
        result="ok" if seats_left is not None else "refused",
        reason=hold.reason,
    )
    return HoldState(hold.state)


async def _take(session: WriteSession, hold: SeatHold, element_id: UUID, *, today: date) -> int | None:
    """Seats left after holding, None if refused; the row carries the new state."""
    if hold.state == HoldState.HELD and hold.element_id == element_id:
        opened = await queries.seats_left(session, element_id)
        hold.reason = None
        return opened
    if hold.state == HoldState.HELD:
        # Submitted again for another element: the seat of the first would be counted for ever.
        await queries.give_seat_back(session, hold.element_id)
        hold.state = HoldState.RELEASED
    hold.element_id = element_id
    left = await queries.take_seat(session, element_id, today=today)
    if left is not None:
        hold.state, hold.reason = HoldState.HELD, None
        return left
    found = await queries.openness(session, element_id)
    # An element nobody knows is as closed as an archived one.
    reason = (
        refusal(published=found.published, starts_on=found.starts_on, today=today)
        if found
        else Refusal.ARCHIVED
    )
    hold.state, hold.reason = HoldState.REFUSED, reason
    return None
