"""Give a local account another e-mail to sign in with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.passwords.queries import confirmed_elsewhere, credentials_of_person, email_index
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def set_login(
    session: WriteSession, person_id: UUID, email: str, *, cipher: FieldCipher, now: datetime
) -> bool:
    """Sign in with a confirmed address from now on; False when another account does. Without a password it does nothing.

    Raises:
        DBAPIError: of two accounts at the same moment one is refused by the unique index.
    """
    if await confirmed_elsewhere(session, email, person_id, cipher):
        return False
    for row in await credentials_of_person(session, person_id):
        row.email_index, row.verified_at = email_index(cipher, email), now
        session.add(row)
    return True
