"""An employee proposes which values to put in the place of the present ones (REG-04)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import SUPPORT, add_message, move, must_hold
from nmo_applications.requests.errors import IllegalMove
from nmo_applications.requests.rules import Action
from nmo_applications.requests.sealing import seal_values
from nmo_applications.requests.tables import SupportRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def propose_change(
    session: WriteSession,
    request_id: UUID,
    values: Mapping[str, str | None],
    words: str,
    *,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> SupportRequest:
    """Propose values, with the documents they rest on in words; nothing changes before a second employee agrees (P12).

    Raises:
        TakeFirst, TakenByAnother, OwnRequest: it is not this employee's.
        IllegalMove: not from its status, or the request asks for no change.
    """
    row = await queries.any_request(session, request_id)
    must_hold(row, by)
    change = await queries.change_of(session, row.id)
    if change is None:
        raise IllegalMove(row.status, Action.PROPOSE)
    await move(session, row, Action.PROPOSE, by=by, role=SUPPORT, now=now)
    change.proposed_sealed = seal_values(cipher, "proposed_sealed", row.id, values)
    change.proposed_by, change.proposed_at = by.person_id, now
    change.decided_by = change.decided_at = None
    session.add(change)
    add_message(session, row, words, author=SUPPORT, author_id=by.sub, cipher=cipher, now=now)
    return row
