"""The owner takes a document back."""

from __future__ import annotations

from uuid import UUID

from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal
from nmo_registry.own_documents import events, queries
from nmo_registry.own_documents.commands.move import PERSON, move
from nmo_registry.own_documents.rules import Action
from nmo_registry.own_documents.tables import OwnDocument


async def withdraw_document(session: WriteSession, document_id: UUID, *, by: Principal) -> OwnDocument:
    """End the verification; the row and its history stay. Tells `registry.document.moved`.

    Raises:
        NotFound: no such document of the person.
        IllegalMove: it is verified, replaced or taken back already.
    """
    now = await queries.moment(session)
    row = await queries.own_document(session, document_id, viewer=by, lock=True)
    await move(session, row, Action.WITHDRAW, by=by, role=PERSON, now=now)
    await outbox.add(session, events.moved(row, "withdrawn", now), version=row.version)
    return row
