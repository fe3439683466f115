"""Tell owners that somebody tried passwords until their sign-in closed (REG-08)."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.tables import Account
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.limits.commands.take import take_day
from nmo_identity.local_accounts.rules import LETTERS_A_DAY
from nmo_identity.lockout.queries import untold_locks
from nmo_identity.lockout.rules import account_of_key
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

BATCH = 100


async def tell_locked_owners(db: Database, cipher: FieldCipher, *, now: datetime) -> int:
    """Write the letters that closed sign-ins owe; how many locks were looked at.

    A worker's job and not the sign-in's: the fifth wrong password takes as long for a login that means nobody.
    """
    async with db.write() as session:
        locks = await untold_locks(session, BATCH, now=now)
        for lock in locks:
            lock.owner_told = True
            session.add(lock)
            account_id = account_of_key(lock.key)
            account = await account_by_id(session, account_id) if account_id else None
            if account is not None:
                await _tell(session, account, cipher, now)
    return len(locks)


async def _tell(session: WriteSession, account: Account, cipher: FieldCipher, now: datetime) -> None:
    person = await read_person(session, account.person_id)
    if not person.email or not person.email_verified:
        return
    if await take_day(session, f"lock-letter:{account.id}", LETTERS_A_DAY, now=now) is not None:
        await send_letter(
            session, kind="sign_in_locked", channel="email", to=person.email, params={},
            person_id=person.id, cipher=cipher, now=now,
        )  # fmt: skip
