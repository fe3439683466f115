"""An employee takes a document to verify it, or gives it back (ROL-04)."""

from __future__ import annotations

from uuid import UUID

from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.own_documents import queries
from nmo_registry.own_documents.commands.move import SUPPORT, move, must_hold
from nmo_registry.own_documents.errors import OwnDocumentRefused, TakenByAnother
from nmo_registry.own_documents.rules import Action
from nmo_registry.own_documents.tables import OwnDocument


async def take(session: WriteSession, document_id: UUID, *, by: Principal) -> OwnDocument:
    """Take a free document; of two who press at once the second is told so. Taking one's own again is no fault.

    Raises:
        OwnDocumentRefused: the employee added it.
        TakenByAnother: somebody was faster.
        IllegalMove: it waits for nobody.
    """
    row = await queries.any_document(session, document_id)
    if row.person_id == by.person_id:
        raise OwnDocumentRefused
    if row.taken_by == by.person_id:
        return row
    if row.taken_by is not None:
        raise TakenByAnother
    now = await queries.moment(session)
    row.taken_by, row.taken_at = by.person_id, now
    await move(session, row, Action.TAKE, by=by, role=SUPPORT, now=now)
    return row


async def release(session: WriteSession, document_id: UUID, *, by: Principal) -> OwnDocument:
    """Give a document back to the queue; its term goes on.

    Raises:
        TakeFirst, TakenByAnother, OwnDocumentRefused: it is not this employee's.
    """
    row = await queries.any_document(session, document_id)
    must_hold(row, by)
    await move(session, row, Action.RELEASE, by=by, role=SUPPORT, now=await queries.moment(session))
    return row
