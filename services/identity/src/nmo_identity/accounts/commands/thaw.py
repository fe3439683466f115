"""Thaw a way in: after a fresh proof through ЕСИА, or by support on a request."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts import queries
from nmo_identity.accounts.commands.tell_owner import tell_owner
from nmo_identity.accounts.rules import state_after
from nmo_identity.accounts.tables import Account
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def thaw_account(
    session: WriteSession,
    account: Account,
    *,
    by: Principal | str,
    proof: str,
    cipher: FieldCipher,
    now: datetime,
) -> bool:
    """Give a frozen way in its former state back; False when it is not frozen (promise 21).

    `proof` says on what ground: `esia`, `both_sides`, or the number of the request. A journal row and a letter tell the owner.
    The number stays with whoever holds it: a thaw proves nothing about it.
    """
    if account.state != "frozen":
        return False
    person = await queries.person_for_update(session, account.person_id)
    account.state = state_after(account.state, "thaw", before=account.frozen_from)
    account.frozen_from = account.frozen_reason = account.frozen_at = None
    person.version += 1
    session.add_all([account, person])
    await journal.record(
        session,
        actor=by,
        action="account.thawed",
        object_=f"account/{account.id}",
        person_id=person.id,
        reason=proof,
    )
    await session.flush()
    await tell_owner(session, person, "account_thawed", cipher=cipher, now=now)
    return True
