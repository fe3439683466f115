"""Reads of elements: one set of columns for lists and cards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_catalog.elements.rules import PUBLISHED, seats_left
from nmo_catalog.elements.tables import Element
from nmo_kit.db import ReadSession, WriteSession

CARD_COLUMNS: Final = (
    "e.id::text as element_id, e.kind, e.title, e.zet, e.workload_hours, e.form, e.bases, e.starts_on, e.ends_on,"
    " e.organization_id::text as organization_id, o.name as organization_name, e.region_code, e.place, e.price_kopecks, e.seats_total,"
    " e.seats_held, e.has_simulation, e.has_placement, e.uses_distance, e.specialty_keys,"
    " array(select s.name from unnest(e.specialty_keys) with ordinality k(key, n)"
    " join specialty s on s.key = k.key order by k.n) as specialty_names"
)
CARD_FROM: Final = " from element e join organization o on o.id = e.organization_id"

_BY_ID = text(
    f"select {CARD_COLUMNS}, e.about, e.materials_url, e.recording_url, e.status, e.state_budget_only"
    f"{CARD_FROM} where e.id = :id"
)


async def element_by_id(session: ReadSession, element_id: UUID) -> dict[str, Any] | None:
    """Whole card of an element, archived ones too: who chose it may still read it. None if there is none."""
    row = (await session.execute(_BY_ID, {"id": element_id})).mappings().one_or_none()
    return None if row is None else card(row.items())


async def published_for_update(session: WriteSession, element_id: UUID) -> Element | None:
    """The element, locked until the transaction ends, if it is published."""
    statement = select(Element).where(col(Element.id) == element_id, col(Element.status) == PUBLISHED)
    return (await session.execute(statement.with_for_update())).scalar_one_or_none()


def card(row: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """The items of a row of `CARD_COLUMNS` in the shape of the public card."""
    found = dict(row)
    total, held = found["seats_total"], found.pop("seats_held")
    found["organization"] = {
        "organization_id": found.pop("organization_id"),
        "name": found.pop("organization_name"),
    }
    found["seats_left"] = seats_left(total, held)
    return found
