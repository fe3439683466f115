"""A person is matched with the register: their documents are looked for there from now on."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col

from nmo_contracts.identity import PersonMatchedV1
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes
from nmo_registry.own_documents.tables import OwnDocument


@consumes(PersonMatchedV1)
async def on_person_matched(session: WriteSession, event: Received[PersonMatchedV1]) -> None:
    """Know whose record the documents of the person belong to."""
    told = event.data
    await session.execute(
        update(OwnDocument)
        .where(col(OwnDocument.person_id) == told.person_id)
        .values(specialist_id=told.specialist_id)
    )
