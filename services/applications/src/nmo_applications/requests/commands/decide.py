"""The second employee approves or rejects a proposed change (P12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_applications.requests import events, queries
from nmo_applications.requests.commands.move import SUPPORT, add_message, move
from nmo_applications.requests.errors import IllegalMove, OwnRequest, SecondApproverRequired
from nmo_applications.requests.rules import Action
from nmo_applications.requests.tables import SupportRequest
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import Problem
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal


async def decide_change(
    db: Database,
    request_id: UUID,
    *,
    approve: bool,
    words: str,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> UUID:
    """Approve, and identity is told to carry the change out; or reject, and nothing changes. The request's id.

    An attempt of one person for two is refused and stays in the journal.

    Raises:
        OwnRequest: the change is about the employee.
        SecondApproverRequired: the employee proposed it.
        IllegalMove: nothing is proposed.
    """
    try:
        async with db.write() as session:
            row = await _decide(session, request_id, approve=approve, by=by, now=now)
            if words:
                add_message(session, row, words, author=SUPPORT, author_id=by.sub, cipher=cipher, now=now)
            return row.id
    except (OwnRequest, SecondApproverRequired) as refusal:
        await _record_refusal(db, request_id, refusal, by=by)
        raise


async def _decide(
    session: WriteSession, request_id: UUID, *, approve: bool, by: Principal, now: datetime
) -> SupportRequest:
    row = await queries.any_request(session, request_id)
    action = Action.APPROVE if approve else Action.REJECT
    if row.person_id == by.person_id:
        raise OwnRequest
    change = await queries.change_of(session, row.id)
    if change is None or change.proposed_by is None:
        raise IllegalMove(row.status, action)
    if change.proposed_by == by.person_id:
        raise SecondApproverRequired
    await move(session, row, action, by=by, role=SUPPORT, now=now, result=None if approve else "rejected")
    change.decided_by, change.decided_at = by.person_id, now
    session.add(change)
    if approve:
        row.version += 1
        await outbox.add(session, events.approved(row, change, now), version=row.version)
    return row


async def _record_refusal(db: Database, request_id: UUID, refusal: Problem, *, by: Principal) -> None:
    async with db.write() as session:
        row = await queries.any_request(session, request_id)
        await journal.record(
            session,
            actor=by,
            action="applications.request.decide",
            object_=f"request/{row.number}",
            person_id=row.person_id,
            result="refused",
            reason=refusal.code,
        )
