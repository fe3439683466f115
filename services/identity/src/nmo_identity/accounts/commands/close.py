"""Close a way in for good: it was untied, never confirmed, or its person left."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from nmo_identity.accounts import queries
from nmo_identity.accounts.rules import state_after
from nmo_identity.accounts.tables import Account
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

CloseReason = Literal["unlinked", "never_confirmed", "linked_unconfirmed", "erased"]


async def close_account(
    session: WriteSession, account: Account, *, reason: CloseReason, by: Principal | str, now: datetime
) -> bool:
    """Close a way in; False when it is closed already. A journal row of the owner tells why.

    A subject of a provider whose way in is closed may sign in anew and becomes a new person: the old one is not theirs
    any more.
    """
    if account.state == "closed":
        return False
    person = await queries.person_for_update(session, account.person_id)
    account.state, account.closed_at = state_after(account.state, "close"), now
    account.frozen_from = account.frozen_reason = account.frozen_at = None
    person.version += 1
    session.add_all([account, person])
    await journal.record(
        session,
        actor=by,
        action="account.closed",
        object_=f"account/{account.id}",
        person_id=person.id,
        reason=reason,
    )
    await session.flush()
    return True
