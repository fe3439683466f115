"""Releasing the seat of an application that came to nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_catalog.seats import events, queries
from nmo_catalog.seats.rules import HoldState
from nmo_kit import failpoints, journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox


async def release_seat(
    session: WriteSession,
    application_id: UUID,
    element_id: UUID,
    *,
    application_version: int,
    person_id: UUID,
    now: datetime,
    causation: Envelope | None = None,
) -> bool:
    """Free the seat held for the application, once (CAT-07).

    Leaves a mark even if nothing is held, so that a submission arriving late holds nothing. Tells
    `catalog.seat.released` and writes the journal only if a seat was really freed. Returns whether it was.
    """
    hold = await queries.hold_for_update(session, application_id, element_id)
    if application_version <= hold.application_version:
        return False
    hold.application_version = application_version
    hold.updated_at = now
    session.add(hold)
    if hold.state != HoldState.HELD:
        return False
    hold.state, hold.reason = HoldState.RELEASED, None
    hold.version += 1
    seats_left = await queries.give_seat_back(session, hold.element_id)
    await failpoints.hit("catalog.seat.given_back")
    await outbox.add(session, events.released(hold, seats_left), version=hold.version, causation=causation)
    await journal.record(
        session,
        actor="catalog.seats",
        action="catalog.seat.released",
        object_=f"application/{application_id}",
        person_id=person_id,
    )
    return True
