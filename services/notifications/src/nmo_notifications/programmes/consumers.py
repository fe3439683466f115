"""Events of the catalogue feed the copy of titles."""

from nmo_contracts.catalog import ElementChangedV1, ElementPublishedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes
from nmo_notifications.programmes.queries import element_copy
from nmo_notifications.programmes.tables import CatalogElementCopy


@consumes(ElementPublishedV1, ElementChangedV1, skip_stale=True)
async def on_element(session: WriteSession, event: Received[ElementPublishedV1]) -> None:
    """Keep the newest title."""
    data = event.data
    row = await element_copy(session, data.element_id)
    if row is None:
        row = CatalogElementCopy(
            element_id=data.element_id, title="", organization_name="", copied_at=clock.now()
        )
        session.add(row)
    row.title, row.organization_name, row.copied_at = data.title, data.organization_name, clock.now()
