"""Confirm a session of a local account by its password, and by the second step where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from nmo_identity.accounts.rules import LOCAL
from nmo_identity.confirming.errors import ConfirmingPaused, PasswordWrong, SecondStepOwed, SessionOver
from nmo_identity.limits.commands.take import give_back, left_of, take_rate
from nmo_identity.limits.rules import Rate
from nmo_identity.login.errors import ProviderUnknown
from nmo_identity.login.queries import live_session
from nmo_identity.login.rules import digest
from nmo_identity.login.tables import AuthSession
from nmo_identity.passwords.commands.verify import verify_password
from nmo_identity.second_factor.commands.check import check_second_step
from nmo_identity.second_factor.commands.send_code import send_second_step_code
from nmo_identity.second_factor.queries import methods_of
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem, retry_after

GUESSES = Rate(timedelta(minutes=3), 5)
"""Passwords tried in a session that is open: five at once, then one in three minutes."""


async def ways_to_confirm(db: Database, handle: str, *, now: datetime) -> Sequence[str]:
    """The second steps that the session's account asks for; one of them follows the password.

    Raises:
        SessionOver, ProviderUnknown: there is no such session of a local account.
    """
    row = await _local(db, handle, now)
    async with db.read() as session:
        return await methods_of(session, row.account_id)


async def send_confirming_code(db: Database, handle: str, *, cipher: FieldCipher, now: datetime) -> None:
    """Send the code of the second step as a text message. Raises as `send_second_step_code`."""
    row = await _local(db, handle, now)
    await send_second_step_code(db, row.account_id, cipher=cipher, now=now)


async def confirm_by_password(
    db: Database,
    handle: str,
    password: str,
    *,
    method: str | None,
    code: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Renew the age of the session's sign-in (P09, security D1).

    The try is counted for good before the password is compared. Each outcome leaves a journal row of the owner's.

    Raises:
        ConfirmingPaused: too many tries. PasswordWrong. SecondStepOwed: the account has a second step and none was given.
        Problem: as `check_second_step`.
    """
    row = await _local(db, handle, now)
    key = f"confirm|{row.account_id}"
    try:
        async with db.write() as session:
            wait = await take_rate(session, key, GUESSES, now=now)
            methods = await methods_of(session, row.account_id)
        await _check(db, row, password, key, paused=wait, now=now)
        if methods:
            if not method or not code:
                raise SecondStepOwed
            await check_second_step(db, row.account_id, method, code, cipher=cipher, now=now)
    except Problem as problem:
        await _record(db, row, problem.code)
        raise
    async with db.write() as session:
        live = await live_session(session, row.handle_hash, now)
        if live is None:
            raise SessionOver
        live.auth_time, live.acr = now, f"password {method}" if methods else "password"
        session.add(live)
        await give_back(session, key)
    await _record(db, row, None)


async def _local(db: Database, handle: str, now: datetime) -> AuthSession:
    async with db.read() as session:
        row = await live_session(session, digest(handle), now)
    if row is None:
        raise SessionOver
    if row.provider_key != LOCAL:
        raise ProviderUnknown
    return row


async def _check(
    db: Database, row: AuthSession, password: str, key: str, *, paused: timedelta | None, now: datetime
) -> None:
    if paused is not None:
        raise ConfirmingPaused(headers=retry_after(paused.total_seconds()))
    if not await verify_password(db, row.account_id, password):
        async with db.read() as session:
            left = await left_of(session, key, GUESSES, now=now)
        raise PasswordWrong(tries_left=left)


async def _record(db: Database, row: AuthSession, reason: str | None) -> None:
    async with db.write() as session:
        await journal.record(
            session,
            actor=str(row.person_id),
            action="login.confirmed",
            object_=f"session/{row.sid}",
            person_id=row.person_id,
            result="ok" if reason is None else "refused",
            reason=reason,
        )
