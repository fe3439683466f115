"""Archiving of an element."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_catalog.elements import events, queries
from nmo_catalog.elements.rules import ARCHIVED
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox


async def archive_element(session: WriteSession, element_id: UUID, *, at: datetime) -> bool:
    """Take an element out of the list: nobody can choose it any more, held seats stay held.

    Tells `catalog.element.archived`. Returns False if it was not published.
    """
    element = await queries.published_for_update(session, element_id)
    if element is None:
        return False
    element.status = ARCHIVED
    element.version += 1
    element.updated_at = at
    session.add(element)
    await outbox.add(session, events.archived(element), version=element.version)
    return True
