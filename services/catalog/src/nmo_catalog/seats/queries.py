"""Reads and conditional updates of seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from nmo_catalog.elements import rules
from nmo_catalog.elements.tables import Element
from nmo_catalog.seats.tables import SeatHold
from nmo_kit.db import WriteSession

UNLIMITED_LEFT = 1_000_000
"""Told as free seats where there is no limit: the event's field is a number."""

# One statement decides: the row lock makes parallel tries queue up, and each sees the count the one before left.
_TAKE = text(
    "update element set seats_held = seats_held + 1"
    " where id = :id and status = 'published' and (starts_on is null or starts_on >= :today)"
    " and (seats_total is null or seats_held < seats_total) returning seats_total - seats_held"
)
_GIVE_BACK = text(
    "update element set seats_held = seats_held - 1 where id = :id and seats_held > 0"
    " returning seats_total - seats_held"
)
_CLAIM = text(
    "insert into seat_hold (application_id, element_id, state, version, application_version, updated_at)"
    " values (:application_id, :element_id, 'released', 0, 0, app_now()) on conflict do nothing"
)


@dataclass(frozen=True, slots=True)
class Openness:
    """What decides why an element takes nobody."""

    published: bool
    starts_on: date | None


async def hold_for_update(session: WriteSession, application_id: UUID, element_id: UUID) -> SeatHold:
    """The application's seat row, made if missing, locked until the transaction ends."""
    await session.execute(_CLAIM, {"application_id": application_id, "element_id": element_id})
    return await session.get_one(SeatHold, application_id, with_for_update=True, populate_existing=True)


async def take_seat(session: WriteSession, element_id: UUID, *, today: date) -> int | None:
    """Count one more seat as held if one is free; returns the seats left, None if none can be held."""
    row = (await session.execute(_TAKE, {"id": element_id, "today": today})).one_or_none()
    return None if row is None else _left(row[0])


async def give_seat_back(session: WriteSession, element_id: UUID) -> int:
    """Count one seat less as held; returns the seats left."""
    row = (await session.execute(_GIVE_BACK, {"id": element_id})).one_or_none()
    return _left(None if row is None else row[0])


async def seats_left(session: WriteSession, element_id: UUID) -> int:
    """Free seats of the element."""
    element = await session.get_one(Element, element_id)
    return _left(rules.seats_left(element.seats_total, element.seats_held))


async def openness(session: WriteSession, element_id: UUID) -> Openness | None:
    """Whether the element is published and when it starts; None if there is no such element."""
    element = await session.get(Element, element_id)
    return None if element is None else Openness(element.status == rules.PUBLISHED, element.starts_on)


def _left(value: int | None) -> int:
    return UNLIMITED_LEFT if value is None else value
