"""An employee answers, or closes the request with an answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import SUPPORT, add_message, move, must_hold
from nmo_applications.requests.rules import Action
from nmo_applications.requests.tables import SupportRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def answer(
    session: WriteSession,
    request_id: UUID,
    words: str,
    *,
    asks_documents: bool,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> SupportRequest:
    """Write to the owner and wait for them; with `asks_documents` support has 48 hours after their reply.

    Raises:
        TakeFirst, TakenByAnother, OwnRequest: it is not this employee's.
        IllegalMove: not from its status.
    """
    row = await queries.any_request(session, request_id)
    must_hold(row, by)
    await move(session, row, Action.ANSWER, by=by, role=SUPPORT, now=now)
    row.asked_documents = asks_documents
    add_message(session, row, words, author=SUPPORT, author_id=by.sub, cipher=cipher, now=now)
    return row


async def close(
    session: WriteSession, request_id: UUID, words: str, *, by: Principal, cipher: FieldCipher, now: datetime
) -> SupportRequest:
    """Answer and close. A request to change data closed this way is rejected: its data stay.

    Raises:
        TakeFirst, TakenByAnother, OwnRequest: it is not this employee's.
        IllegalMove: not from its status.
    """
    row = await queries.any_request(session, request_id)
    must_hold(row, by)
    change = await queries.change_of(session, row.id)
    result = "answered" if change is None else "rejected"
    await move(session, row, Action.CLOSE, by=by, role=SUPPORT, now=now, result=result)
    add_message(session, row, words, author=SUPPORT, author_id=by.sub, cipher=cipher, now=now)
    return row
