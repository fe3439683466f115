"""Reading the copies."""

from uuid import UUID

from nmo_applications.programmes.tables import CatalogElementCopy
from nmo_kit.db import ReadSession


async def element_copy(session: ReadSession, element_id: UUID) -> CatalogElementCopy | None:
    """The programme as last told by the catalogue, or None before its event has come."""
    return await session.get(CatalogElementCopy, element_id)
