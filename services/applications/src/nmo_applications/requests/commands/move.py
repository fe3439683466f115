"""One move of a request with all that belongs to it: row, history, journal, event."""

from __future__ import annotations

from datetime import datetime

from nmo_applications.requests import events
from nmo_applications.requests.errors import IllegalMove, OwnRequest, TakeFirst, TakenByAnother
from nmo_applications.requests.rules import Action, IllegalMoveError, Status, next_status
from nmo_applications.requests.sealing import seal
from nmo_applications.requests.tables import SupportMessage, SupportMove, SupportRequest
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox
from nmo_kit.principal import Principal

PERSON, SUPPORT, SYSTEM = "person", "support", "system"


async def move(
    session: WriteSession,
    row: SupportRequest,
    action: Action,
    *,
    by: Principal | str,
    role: str,
    now: datetime,
    result: str | None = None,
    causation: Envelope | None = None,
) -> None:
    """Move a locked request and tell everybody; `result` is what it is closed with.

    Raises:
        IllegalMove: the graph has no such move.
    """
    before = row.status
    try:
        row.status = next_status(before, action)
    except IllegalMoveError:
        raise IllegalMove(before, action) from None
    row.version += 1
    row.updated_at = now
    if row.status is Status.CLOSED:
        row.closed_at, row.result = now, result
    await keep_move(session, row, action, before=before, by=by, role=role, now=now, causation=causation)


async def keep_move(
    session: WriteSession,
    row: SupportRequest,
    action: Action,
    *,
    before: Status | None,
    by: Principal | str,
    role: str,
    now: datetime,
    causation: Envelope | None = None,
) -> None:
    """Write what a move leaves: a line of history, a journal row, the event."""
    session.add(row)
    session.add(
        SupportMove(
            request_id=row.id,
            at=now,
            action=action,
            from_status=before,
            to_status=row.status,
            actor=by.sub if isinstance(by, Principal) else by,
            actor_role=role,
        )
    )
    await journal.record(
        session,
        actor=by,
        action=f"applications.request.{action}",
        object_=f"request/{row.number}",
        person_id=row.person_id,
        result=row.result or "ok",
    )
    event = events.moved(row, action, now)
    if event is not None:
        await outbox.add(session, event, version=row.version, causation=causation)


def add_message(
    session: WriteSession,
    row: SupportRequest,
    words: str,
    *,
    author: str,
    author_id: str,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Add a line to the thread, sealed."""
    message = SupportMessage(request_id=row.id, at=now, author=author, author_id=author_id, text_sealed=b"")
    message.text_sealed = seal(cipher, "support_message", "text_sealed", message.id, words)
    session.add(message)


def must_hold(row: SupportRequest, by: Principal) -> None:
    """Only the employee who took a request acts on it (ROL-04).

    Raises:
        OwnRequest: it is the employee's own.
        TakeFirst: nobody has taken it.
        TakenByAnother: somebody else has.
    """
    if row.person_id == by.person_id:
        raise OwnRequest
    if row.taken_by is None:
        raise TakeFirst
    if row.taken_by != by.person_id:
        raise TakenByAnother
