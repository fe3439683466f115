"""«Обновить данные»: the person has the register asked anew, within the day's tries (MAT-04, P11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import is_local_with_address, person
from nmo_identity.consents.queries import is_granted
from nmo_identity.matching.commands.match_person import match_person, put_off
from nmo_identity.matching.commands.take_try import next_day, take_try
from nmo_identity.matching.errors import MatchQuotaSpent
from nmo_identity.matching.queries import watch_of
from nmo_identity.matching.register import Register
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.principal import Principal


async def refresh_match(
    db: Database, register: Register, cipher: FieldCipher, *, by: Principal, now: datetime
) -> str | None:
    """Match with the register itself, past its mirror; answers as `match_person` does.

    Raises:
        MatchQuotaSpent: the day's tries are used up. Nothing is counted where nothing may be asked.
    """
    async with db.read() as session:
        row = await person(session, by.person_id)
        proven = row.confirmed or await is_local_with_address(session, row)
        if not proven or not await is_granted(session, row.id):
            return None
    await take_try(db, by.person_id, now=now)
    return await match_person(db, register, cipher, by.person_id, now=now, fresh=True)


async def match_at_sign_in(
    db: Database, register: Register, cipher: FieldCipher, person_id: UUID, *, now: datetime
) -> str | None:
    """Compare what the provider has just told (MAT-04: «Обновить данные» leads through a sign-in).

    The mirror answers; for who is not let in yet the register itself is asked while the day's tries last.
    """
    async with db.read() as session:
        waits = await watch_of(session, person_id) is not None
    if waits:
        try:
            await take_try(db, person_id, now=now)
        except MatchQuotaSpent:
            waits = False
    return await match_person(db, register, cipher, person_id, now=now, fresh=waits)


async def match_after_consent(
    db: Database, register: Register, cipher: FieldCipher, *, by: Principal, now: datetime
) -> str | None:
    """The first comparison, which the consent opens; it is owed already.

    Typed data are compared within the day's tries, the rest waits for the next day: giving and taking back a consent is
    no way around them.
    """
    async with db.read() as session:
        proven = (await person(session, by.person_id)).confirmed
    if not proven:
        try:
            await take_try(db, by.person_id, now=now)
        except MatchQuotaSpent:
            async with db.write() as session:
                await put_off(session, by.person_id, until=next_day(now))
            return "postponed"
    return await match_person(db, register, cipher, by.person_id, now=now)
