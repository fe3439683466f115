"""The employee's word on a document: verified, refused with the reason, or further papers wanted (FRM-06)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from nmo_contracts.registry import DocumentOutcome
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal
from nmo_registry.own_documents import events, queries
from nmo_registry.own_documents.commands.move import SUPPORT, move, must_hold
from nmo_registry.own_documents.rules import Action
from nmo_registry.own_documents.sealing import seal_reason
from nmo_registry.own_documents.tables import OwnDocument

_OUTCOMES: Final[dict[Action, DocumentOutcome]] = {
    Action.VERIFY: "verified",
    Action.REFUSE: "refused",
    Action.ASK: "asked",
}


async def decide_document(
    session: WriteSession,
    document_id: UUID,
    action: Action,
    words: str | None,
    *,
    by: Principal,
    cipher: FieldCipher,
) -> OwnDocument:
    """Verify, refuse, or ask; the words reach the owner. Tells `registry.document.moved`.

    Raises:
        TakeFirst, TakenByAnother, OwnDocumentRefused: it is not this employee's.
        IllegalMove: the graph has no such move.
    """
    row = await queries.any_document(session, document_id)
    must_hold(row, by)
    now = await queries.moment(session)
    await move(session, row, action, by=by, role=SUPPORT, now=now, words=words, cipher=cipher)
    row.decided_by, row.decided_at = by.person_id, now
    row.reason_sealed = seal_reason(cipher, row.id, words) if words else None
    await outbox.add(session, events.moved(row, _OUTCOMES[action], now), version=row.version)
    return row
