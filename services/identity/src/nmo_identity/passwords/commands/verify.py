"""Compare a password with the account's."""

from __future__ import annotations

from uuid import UUID

from nmo_identity.accounts.rules import NOBODY
from nmo_identity.passwords import hashing
from nmo_identity.passwords.queries import credential, credential_for_update, hash_of
from nmo_kit.db import Database


async def verify_password(db: Database, account_id: UUID | None, password: str) -> bool:
    """True when it is the password in force. Count the try first (`lockout`): nothing here limits guesses.

    Without an account, or without a password of its own, a dummy is compared, which takes as long. No connection is
    held while hashing. A hash of an older kind is replaced.

    Raises:
        Unavailable: too many passwords are waiting to be compared.
    """
    async with db.read() as session:
        known = hash_of(await credential(session, account_id or NOBODY))
    verdict = await hashing.current().verify(password, known)
    if verdict.renewed is not None and account_id is not None:
        async with db.write() as session:
            row = await credential_for_update(session, account_id)
            if row is not None and known is not None and row.password_hash == known.text:
                row.password_hash, row.pepper_id = verdict.renewed.text, verdict.renewed.pepper_id
                session.add(row)
    return verdict.right
