"""Events of the catalogue feed the copy of its programmes."""

from nmo_applications.programmes.queries import element_copy
from nmo_applications.programmes.tables import CatalogElementCopy
from nmo_contracts.catalog import ElementArchivedV1, ElementChangedV1, ElementPublishedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes

_COPIED = (
    "kind",
    "title",
    "zet",
    "workload_hours",
    "form",
    "starts_on",
    "ends_on",
    "organization_id",
    "organization_name",
    "place",
)


@consumes(ElementPublishedV1, ElementChangedV1, skip_stale=True)
async def on_element(session: WriteSession, event: Received[ElementPublishedV1]) -> None:
    """Keep the newest card of a programme; other kinds of elements need no application."""
    data = event.data
    if data.kind != "programme":
        return
    values = {name: getattr(data, name) for name in _COPIED}
    values |= {"bases": list(data.bases), "archived": False, "copied_at": clock.now()}
    row = await element_copy(session, data.element_id)
    if row is None:
        session.add(CatalogElementCopy(element_id=data.element_id, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)


@consumes(ElementArchivedV1, skip_stale=True)
async def on_element_archived(session: WriteSession, event: Received[ElementArchivedV1]) -> None:
    """An archived programme stays readable for the applications made before."""
    row = await element_copy(session, event.data.element_id)
    if row is not None:
        row.archived = True
        row.copied_at = clock.now()
