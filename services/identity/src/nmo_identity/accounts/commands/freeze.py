"""Freeze a way in: nothing opens by it until it is thawed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts import queries
from nmo_identity.accounts.rules import LIVE, FreezeReason, state_after
from nmo_identity.accounts.tables import Account
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

ACTOR = "identity.accounts"


async def freeze_account(
    session: WriteSession,
    account: Account,
    *,
    reason: FreezeReason,
    now: datetime,
    actor: Principal | str = ACTOR,
    ticket: str | None = None,
) -> bool:
    """Freeze one way in; its sessions open nothing from here on, tokens grow stale (`version`). False: not live.

    Writes a journal row of the owner; `ticket` is the request it was done by. Whoever calls ends the sessions too,
    so that partners are told, and writes to the owner.
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
    return True


async def freeze_person(
    session: WriteSession,
    person_id: UUID,
    *,
    reason: FreezeReason,
    now: datetime,
    actor: Principal | str = ACTOR,
    ticket: str | None = None,
) -> list[Account]:
    """Freeze every way in of a person; those that were live."""
    await queries.person_for_update(session, person_id)
    return [
        account
        for account in await queries.accounts_of(session, person_id)
        if await freeze_account(session, account, reason=reason, now=now, actor=actor, ticket=ticket)
    ]
