"""Check a code: count the try for good, then compare, then use the code up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from nmo_identity.codes import rules
from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_identity.codes.queries import code_of, person_of
from nmo_identity.codes.tables import OneTimeCode
from nmo_kit import failpoints, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem


async def check_code(
    db: Database, *, purpose: str, flow: str, code: str, cipher: FieldCipher, now: datetime
) -> None:
    """Use the flow's code up, if these are its digits (P07, T9).

    The try is committed on its own before the digests are compared, so neither a crash nor a rollback gives it back:
    of any number of guesses at once five are compared. Each refusal leaves a journal row with its reason.

    Raises:
        CodeWrong: other digits, or no such flow; the body's `tries_left` says how many tries remain.
        CodeExpired: ten minutes are over.
        CodeSpent: used before, or five tries were made.
    """
    try:
        row_id = await _matching(db, purpose=purpose, flow=flow, code=code, cipher=cipher, now=now)
        await failpoints.hit("identity.code.compared")
        await _use_up(db, row_id, now)
    except Problem as problem:
        await _record_refusal(db, purpose, flow, problem.code)
        raise


async def _matching(
    db: Database, *, purpose: str, flow: str, code: str, cipher: FieldCipher, now: datetime
) -> UUID:
    """Id of the code, after one counted try that was right."""
    async with db.write() as session:
        counted = await session.execute(
            update(OneTimeCode)
            .where(
                col(OneTimeCode.purpose) == purpose,
                col(OneTimeCode.flow) == flow,
                col(OneTimeCode.used_at).is_(None),
                col(OneTimeCode.tries) < rules.TRIES,
                col(OneTimeCode.expires_at) > now,
            )
            .values(tries=OneTimeCode.tries + 1)
            .returning(col(OneTimeCode.id), col(OneTimeCode.digest), col(OneTimeCode.tries))
            .execution_options(synchronize_session=False)
        )
        row = counted.one_or_none()
    if row is None:
        raise await _why_closed(db, purpose, flow)
    given = cipher.blind_index(rules.bound(purpose, flow, rules.plain(code)))
    if not rules.same(row.digest, given):
        raise CodeWrong(tries_left=rules.TRIES - row.tries)
    found: UUID = row.id
    return found


async def _why_closed(db: Database, purpose: str, flow: str) -> Problem:
    async with db.read() as session:
        row = await code_of(session, purpose, flow)
    if row is None:
        return CodeWrong()
    return CodeSpent() if row.used_at is not None or row.tries >= rules.TRIES else CodeExpired()


async def _use_up(db: Database, row_id: UUID, now: datetime) -> None:
    async with db.write() as session:
        used = await session.execute(
            update(OneTimeCode)
            .where(col(OneTimeCode.id) == row_id, col(OneTimeCode.used_at).is_(None))
            .values(used_at=now)
            .returning(col(OneTimeCode.id))
            .execution_options(synchronize_session=False)
        )
        if used.first() is None:
            raise CodeSpent


async def _record_refusal(db: Database, purpose: str, flow: str, reason: str) -> None:
    async with db.write() as session:
        row = await code_of(session, purpose, flow)
        person_id = await person_of(session, row.account_id) if row else None
        await journal.record(
            session,
            actor=str(person_id) if person_id else "identity.codes",
            action="code.refused",
            object_=f"code/{row.id}" if row else "code/unknown",
            person_id=person_id,
            result="denied",
            reason=reason,
            purpose=purpose,
        )
