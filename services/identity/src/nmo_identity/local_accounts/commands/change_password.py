"""A person gives their own account a new password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.local_accounts.errors import CurrentPasswordWrong
from nmo_identity.local_accounts.rules import MUST_CHANGE_PASSWORD, is_fresh
from nmo_identity.login.queries import session_by_id
from nmo_identity.login.tables import AuthSession
from nmo_identity.passwords.commands.set_password import set_password
from nmo_identity.passwords.commands.verify import verify_password
from nmo_kit import journal
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import Forbidden
from nmo_kit.principal import Principal


async def change_password(
    db: Database, *, by: Principal, current: str | None, new: str, now: datetime
) -> None:
    """Set the new password; a session that owed it owes it no more (REG-02, REG-06).

    The present password is asked for unless the session was opened a moment ago to this end. Writes the credential,
    the session and journal rows.

    Raises:
        CurrentPasswordWrong: the present password is missing or wrong.
        PasswordRefused: the new one breaks rules.
        Forbidden: the session was not opened by login and password.
    """
    async with db.read() as session:
        row = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if row is None or row.provider_key != "local":
        raise Forbidden("Пароль меняет тот, кто вошёл по логину и паролю.")
    owed = MUST_CHANGE_PASSWORD in row.restrictions and is_fresh(row.auth_time, now)
    if not owed and not await verify_password(db, row.account_id, current or ""):
        async with db.write() as session:
            await _record_refusal(session, by, row)
        raise CurrentPasswordWrong
    async with db.write() as session:
        person = await person_for_update(session, by.person_id)
        await set_password(session, row.account_id, new, person=person, now=now)
        await _lift(session, row.sid)


async def _lift(session: WriteSession, sid: UUID) -> None:
    row = await session_by_id(session, sid)
    if row is not None and MUST_CHANGE_PASSWORD in row.restrictions:
        row.restrictions = [item for item in row.restrictions if item != MUST_CHANGE_PASSWORD]
        session.add(row)


async def _record_refusal(session: WriteSession, by: Principal, row: AuthSession) -> None:
    await journal.record(
        session,
        actor=by,
        action="password.change_refused",
        object_=f"account/{row.account_id}",
        person_id=by.person_id,
        result="refused",
        reason="current_password_wrong",
    )
