"""Freeze a way in: nothing opens by it until it is thawed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts import queries
from nmo_identity.accounts.commands.tell_owner import tell_owner
from nmo_identity.accounts.rules import LIVE, FreezeReason, state_after
from nmo_identity.accounts.tables import Account
from nmo_identity.sessions.commands.end_sessions import close
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

ACTOR = "identity.accounts"


async def freeze_account(
    session: WriteSession,
    account: Account,
    *,
    reason: FreezeReason,
    cipher: FieldCipher,
    now: datetime,
    actor: Principal | str = ACTOR,
    ticket: str | None = None,
) -> bool:
    """Freeze one way in (promise 21): its sessions end, tokens grow stale (`version`). False when it was not live.

    Writes a journal row of the owner and a letter to their confirmed address; `ticket` is the request it was done by.
    """
    if account.state not in LIVE:
        return False
    person = await queries.person_for_update(session, account.person_id)
    account.frozen_from, account.state = account.state, state_after(account.state, "freeze")
    account.frozen_reason, account.frozen_at = reason, now
    person.version += 1
    session.add_all([account, person])
    await journal.record(
        session,
        actor=actor,
        action="account.frozen",
        object_=f"account/{account.id}",
        person_id=person.id,
        reason=reason if ticket is None else f"{reason}:{ticket}",
    )
    await session.flush()
    await close(
        session,
        await queries.sids_of(session, account.id),
        person.id,
        reason="frozen",
        now=now,
        by=actor,
    )
    await tell_owner(session, person, f"account_frozen_{reason}", cipher=cipher, now=now)
    return True


async def freeze_person(
    session: WriteSession,
    person_id: UUID,
    *,
    reason: FreezeReason,
    cipher: FieldCipher,
    now: datetime,
    actor: Principal | str = ACTOR,
    ticket: str | None = None,
) -> list[Account]:
    """Freeze every way in of a person; those that were live."""
    await queries.person_for_update(session, person_id)
    return [
        account
        for account in await queries.accounts_of(session, person_id)
        if await freeze_account(
            session, account, reason=reason, cipher=cipher, now=now, actor=actor, ticket=ticket
        )
    ]
