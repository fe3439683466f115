"""The owner writes on, or needs the request no longer."""

from __future__ import annotations

from datetime import datetime

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import PERSON, add_message, move
from nmo_applications.requests.rules import Action, Status, due
from nmo_applications.requests.tables import SupportRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def reply(
    session: WriteSession,
    row: SupportRequest,
    words: str,
    *,
    by: Principal | str,
    cipher: FieldCipher,
    now: datetime,
) -> SupportRequest:
    """Add the owner's words to a locked request; if support waited for them, its time starts anew.

    48 hours after documents it had asked for, 24 after anything else.

    Raises:
        IllegalMove: the request is closed, or a change is being carried out.
    """
    waited = row.status is Status.WAITING
    await move(session, row, Action.REPLY, by=by, role=PERSON, now=now)
    if waited:
        hours = await queries.deadlines(session)
        row.due_at = due(hours, now, replied=True, documents=row.asked_documents)
        row.asked_documents = False
    author_id = by.sub if isinstance(by, Principal) else by
    add_message(session, row, words, author=PERSON, author_id=author_id, cipher=cipher, now=now)
    return row


async def withdraw(
    session: WriteSession, row: SupportRequest, *, by: Principal, now: datetime
) -> SupportRequest:
    """Close a locked request of one's own.

    Raises:
        IllegalMove: it is closed, or on its way to be carried out.
    """
    await move(session, row, Action.WITHDRAW, by=by, role=PERSON, now=now, result="withdrawn")
    return row
