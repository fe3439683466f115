"""Tell the owner what happened to the second step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nmo_identity.accounts.tables import Person
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.limits.commands.take import take_day
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession

A_DAY = 10


async def tell_owner(
    session: WriteSession,
    person: Person,
    kind: str,
    params: Mapping[str, str] | None = None,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Write to the person's confirmed address, at most ten letters of a kind a day; without an address nothing is sent."""
    if person.email is None or not person.email_verified:
        return
    if await take_day(session, f"notice|{kind}|{person.id}", A_DAY, now=now) is None:
        return
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
