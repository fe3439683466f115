"""Publication of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from nmo_catalog.elements import events
from nmo_catalog.elements.tables import Element
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox

COMPUTED: Final = {"listed_on", "sort_title", "tsv"}


async def publish_elements(
    session: WriteSession, elements: Sequence[Element], organization_names: Mapping[UUID, str]
) -> None:
    """Insert new published elements and tell of each (`catalog.element.published`), in the caller's transaction.

    Args:
        session: the transaction; a batch of some hundreds keeps it short.
        elements: new rows, not yet added to any session.
        organization_names: name by organisation id, for the events.
    """
    rows = [element.model_dump(exclude=COMPUTED) for element in elements]
    await session.execute(insert(Element), rows)
    cards = [
        (events.published(element, organization_names[element.organization_id]), element.version)
        for element in elements
    ]
    await outbox.add_all(session, cards)
