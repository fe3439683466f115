"""Reading the copies."""

from uuid import UUID

from sqlmodel import col, select

from nmo_applications.programmes.tables import CatalogElementCopy
from nmo_kit.db import ReadSession


async def element_copy(session: ReadSession, element_id: UUID) -> CatalogElementCopy | None:
    """The programme as last told by the catalogue, or None before its event has come."""
    return await session.get(CatalogElementCopy, element_id)


async def element_copies(session: ReadSession, element_ids: set[UUID]) -> dict[UUID, CatalogElementCopy]:
    """Several programmes at once, by id."""
    if not element_ids:
        return {}
    found = await session.execute(
        select(CatalogElementCopy).where(col(CatalogElementCopy.element_id).in_(element_ids))
    )
    return {row.element_id: row for row in found.scalars()}
