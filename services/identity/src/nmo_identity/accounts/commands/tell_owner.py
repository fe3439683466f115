"""A letter to a person about their ways in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nmo_identity.accounts.tables import Person
from nmo_identity.letters.commands.send import send_letter
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def tell_owner(
    session: WriteSession,
    person: Person,
    kind: str,
    params: Mapping[str, str] | None = None,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Owe a letter to the confirmed address; to nobody without one, because an unconfirmed one may be a stranger's."""
    if person.email and person.email_verified:
        await send_letter(
            session,
            kind=kind,
            channel="email",
            to=person.email,
            params=params or {},
            person_id=person.id,
            cipher=cipher,
            now=now,
        )
