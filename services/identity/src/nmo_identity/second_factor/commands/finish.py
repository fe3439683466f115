"""Finish a sign-in by its second step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col

from nmo_identity.accounts.queries import account_by_id, person_for_update
from nmo_identity.accounts.rules import LOCAL
from nmo_identity.lockout.commands.trust_device import trust_device
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.second_factor import queries
from nmo_identity.second_factor.commands.check import check_second_step
from nmo_identity.second_factor.errors import PendingOver
from nmo_identity.second_factor.tables import PendingSignIn
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession


async def finish_second_step(
    db: Database,
    handle: str,
    method: str,
    code: str,
    *,
    ip: str,
    user_agent: str,
    device: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> tuple[SignedIn, str]:
    """Open the session of a waiting sign-in after a right code; its `acr` tells the second step.

    The browser counts among the account's own from then on: the second value is that of its cookie.

    Raises:
        PendingOver: unknown, finished or older than ten minutes.
        Problem: as `check_second_step`.
    """
    async with db.read() as session:
        row = await queries.waiting(session, handle, now)
    await check_second_step(db, row.account_id, method, code, cipher=cipher, now=now)
    async with db.write() as session:
        await _consume(session, row, now)
        person = await person_for_update(session, row.person_id)
        account = await account_by_id(session, row.account_id)
        if account is None or account.state not in {"active", "unverified"}:
            raise PendingOver
        known = await trust_device(session, account.id, device, now=now)
        signed_in = await open_session(
            session,
            person=person,
            account=account,
            provider_key=LOCAL,
            acr=f"password {method}",
            auth_time=now,
            ip=ip,
            user_agent=user_agent,
            restrictions=row.restrictions,
            now=now,
        )
    return signed_in, known


async def _consume(session: WriteSession, row: PendingSignIn, now: datetime) -> None:
    """Use the waiting sign-in up beside the session it opens; of two at once one goes through."""
    used = await session.execute(
        update(PendingSignIn)
        .where(col(PendingSignIn.handle_hash) == row.handle_hash, col(PendingSignIn.consumed_at).is_(None))
        .values(consumed_at=now)
        .returning(col(PendingSignIn.account_id))
        .execution_options(synchronize_session=False)
    )
    if used.first() is None:
        raise PendingOver
