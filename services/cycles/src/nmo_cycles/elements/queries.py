"""Reads of the copied elements."""

from __future__ import annotations

from uuid import UUID

from nmo_cycles.elements.tables import CatalogElementCopy
from nmo_kit.db import ReadSession


async def element_copy(session: ReadSession, element_id: UUID) -> CatalogElementCopy | None:
    """The copy of one element, if the catalogue has told of it."""
    return await session.get(CatalogElementCopy, element_id)
