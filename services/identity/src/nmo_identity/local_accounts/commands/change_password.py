"""A person gives their own account a new password."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.rules import LOCAL
from nmo_identity.limits.commands.take import give_back, left_of, take_rate
from nmo_identity.limits.rules import Rate
from nmo_identity.local_accounts.errors import CurrentPasswordWrong
from nmo_identity.local_accounts.rules import MUST_CHANGE_PASSWORD, is_fresh
from nmo_identity.login.queries import session_by_id
from nmo_identity.login.tables import AuthSession
from nmo_identity.passwords.commands.set_password import set_password
from nmo_identity.passwords.commands.verify import verify_password
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_kit import journal
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import Forbidden, TooManyRequests, retry_after
from nmo_kit.principal import Principal

CURRENT_RATE = Rate(timedelta(minutes=3), 5)
"""A session left open in a stranger's hands must not serve to guess the password."""


async def change_password(
    db: Database, *, by: Principal, current: str | None, new: str, now: datetime
) -> None:
    """Set the new password; a session that owed it owes it no more, all other sessions end (REG-02, REG-06).

    The present password is asked for unless the session was opened a moment ago to this end. Writes the credential,
    the session and journal rows.

    Raises:
        CurrentPasswordWrong: the present password is missing or wrong.
        PasswordRefused: the new one breaks rules.
        TooManyRequests: the present password was wrong too often.
        Forbidden: the session was not opened by login and password.
    """
    async with db.read() as session:
        row = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if row is None or row.provider_key != LOCAL:
        raise Forbidden("Пароль меняет тот, кто вошёл по логину и паролю.")
    if not (MUST_CHANGE_PASSWORD in row.restrictions and is_fresh(row.auth_time, now)):
        await _check_current(db, by, row, current or "", now)
    async with db.write() as session:
        person = await person_for_update(session, by.person_id)
        await set_password(session, row.account_id, new, person=person, now=now)
        await end_sessions(session, person.id, keep_sid=row.sid, reason="password_changed", now=now, by=by)
        await _lift(session, row.sid)
        # Tokens that still tell of the owed step grow stale.
        person.version += 1
        session.add(person)


async def _check_current(db: Database, by: Principal, row: AuthSession, current: str, now: datetime) -> None:
    key = f"current-password:{row.account_id}"
    async with db.write() as session:
        wait = await take_rate(session, key, CURRENT_RATE, now=now)
    if wait is not None:
        raise TooManyRequests(
            "Текущий пароль много раз введён неверно. Подождите несколько минут.",
            headers=retry_after(wait.total_seconds()),
        )
    right = await verify_password(db, row.account_id, current)
    async with db.write() as session:
        if right:
            await give_back(session, key)
            return
        await journal.record(
            session,
            actor=by,
            action="password.change_refused",
            object_=f"account/{row.account_id}",
            person_id=by.person_id,
            result="refused",
            reason="current_password_wrong",
        )
        left = await left_of(session, key, CURRENT_RATE, now=now)
    raise CurrentPasswordWrong(left)


async def _lift(session: WriteSession, sid: UUID) -> None:
    row = await session_by_id(session, sid)
    if row is not None and MUST_CHANGE_PASSWORD in row.restrictions:
        row.restrictions = [item for item in row.restrictions if item != MUST_CHANGE_PASSWORD]
        session.add(row)
