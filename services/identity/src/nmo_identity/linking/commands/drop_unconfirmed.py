"""Wipe a local account nobody ever confirmed, when its person is proven by a provider (security L7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_identity.accounts.commands.close import close_account
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.linking import queries
from nmo_kit.db import WriteSession


async def drop_unconfirmed(session: WriteSession, person: Person, *, keep: Account, now: datetime) -> bool:
    """Close unconfirmed accounts of the person and every way in beside `keep` that was tied to them; True if any was.

    Whoever registered it may have been a stranger waiting: its password, second steps, pending changes, sessions and
    links end here. Somebody who meant well signs in by the provider and sets a new password.
    """
    accounts = await queries.open_accounts(session, person.id)
    if not any(row.state == "unverified" for row in accounts):
        return False
    for row in accounts:
        if row.id != keep.id:
            await close_account(session, row, reason="linked_unconfirmed", by=str(person.id), now=now)
            await forget_credentials(session, row)
    return True


async def forget_credentials(session: WriteSession, account: Account) -> None:
    """Delete password, second steps, trusted devices and pending changes of a way in that is closed."""
    for table in CREDENTIALS:
        await session.execute(
            text(f"delete from {table} where account_id = :id"),  # noqa: S608 names of this file
            {"id": account.id},
        )


CREDENTIALS = (
    "former_password",
    "known_device",
    "local_credential",
    "pending_sign_in",
    "recovery_code",
    "second_factor",
)
"""Tables of other slices that hold what a local account signs in with; a test finds those that are missing here."""
