"""Events of the catalogue feed the copy of its elements."""

from __future__ import annotations

from nmo_contracts.catalog import ElementArchivedV1, ElementChangedV1, ElementPublishedV1
from nmo_cycles.elements.queries import element_copy
from nmo_cycles.elements.tables import CatalogElementCopy
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes

_COPIED = (
    "kind",
    "title",
    "zet",
    "form",
    "starts_on",
    "ends_on",
    "organization_id",
    "organization_name",
    "specialty_keys",
)


@consumes(ElementPublishedV1, ElementChangedV1, skip_stale=True)
async def on_element(session: WriteSession, event: Received[ElementPublishedV1]) -> None:
    """Keep the newest card."""
    data = event.data
    values = {name: getattr(data, name) for name in _COPIED} | {"archived": False, "copied_at": clock.now()}
    copy = await element_copy(session, data.element_id)
    if copy is None:
        session.add(CatalogElementCopy(element_id=data.element_id, **values))
        return
    for name, value in values.items():
        setattr(copy, name, value)


@consumes(ElementArchivedV1, skip_stale=True)
async def on_element_archived(session: WriteSession, event: Received[ElementArchivedV1]) -> None:
    """An archived element can no longer be chosen; plans that have it keep it."""
    copy = await element_copy(session, event.data.element_id)
    if copy is not None:
        copy.archived = True
        copy.copied_at = clock.now()
