"""An employee takes a request, gives it back, or hands it to the next line (ROL-04)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import SUPPORT, add_message, move, must_hold
from nmo_applications.requests.errors import OwnRequest, TakenByAnother
from nmo_applications.requests.rules import HIGHEST_LEVEL, Action
from nmo_applications.requests.tables import SupportRequest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def take(session: WriteSession, request_id: UUID, *, by: Principal, now: datetime) -> SupportRequest:
    """Take a free request; of two employees who press at once the second is told so. Taking one's own again is no fault.

    Raises:
        OwnRequest: the employee opened it.
        TakenByAnother: somebody was faster.
        IllegalMove: it is closed.
    """
    row = await queries.any_request(session, request_id)
    if row.person_id == by.person_id:
        raise OwnRequest
    if row.taken_by == by.person_id and row.closed_at is None:
        return row
    if row.taken_by is not None and row.closed_at is None:
        raise TakenByAnother
    await move(session, row, Action.TAKE, by=by, role=SUPPORT, now=now)
    row.taken_by, row.taken_at = by.person_id, now
    return row


async def release(session: WriteSession, request_id: UUID, *, by: Principal, now: datetime) -> SupportRequest:
    """Give a request back to the queue.

    Raises:
        TakeFirst, TakenByAnother, OwnRequest: it is not this employee's.
        IllegalMove: not from its status.
    """
    row = await queries.any_request(session, request_id)
    must_hold(row, by)
    row.taken_by = row.taken_at = None
    await move(session, row, Action.RELEASE, by=by, role=SUPPORT, now=now)
    return row


async def escalate(
    session: WriteSession, request_id: UUID, words: str, *, by: Principal, cipher: FieldCipher, now: datetime
) -> SupportRequest:
    """Hand a request to the next line with the reason, which its owner reads too; the deadline stays.

    Raises:
        TakeFirst, TakenByAnother, OwnRequest: it is not this employee's.
        IllegalMove: not from its status.
    """
    row = await queries.any_request(session, request_id)
    must_hold(row, by)
    row.taken_by = row.taken_at = None
    row.level = min(HIGHEST_LEVEL, row.level + 1)
    await move(session, row, Action.ESCALATE, by=by, role=SUPPORT, now=now)
    add_message(session, row, words, author=SUPPORT, author_id=by.sub, cipher=cipher, now=now)
    return row
