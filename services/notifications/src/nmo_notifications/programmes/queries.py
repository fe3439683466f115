"""Reading the copy of titles."""

from uuid import UUID

from nmo_kit.db import ReadSession
from nmo_notifications.programmes.tables import CatalogElementCopy


async def element_copy(session: ReadSession, element_id: UUID) -> CatalogElementCopy | None:
    """The element's title, or None before the catalogue's event has come."""
    return await session.get(CatalogElementCopy, element_id)
