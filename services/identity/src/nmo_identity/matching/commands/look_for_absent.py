"""People whom the register did not know: has it learned of them meanwhile (MAT-04)?

No event can tell: events carry no number, and whoever had no record has no id there. So the mirror is asked, in batches.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from nmo_identity.accounts.queries import opened, person_for_update, persons_by_ids
from nmo_identity.consents.queries import is_granted
from nmo_identity.matching import queries
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.matching.register import Register, RegisterUnavailable
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

BATCH = 200
EVERY = timedelta(seconds=20)


async def look_for_absent(db: Database, register: Register, cipher: FieldCipher, *, now: datetime) -> int:
    """Owe a match to those whose record appeared; returns how many. One batch, each person three times a minute.

    Who took the consent back is no longer looked for. The mirror is asked outside any transaction.
    """
    numbers = {}
    async with db.write() as session:
        watched = await queries.claim_absent(session, now, BATCH)
        people = {row.id: row for row in await persons_by_ids(session, [row.person_id for row in watched])}
        for watch in watched:
            watch.next_look_at = now + EVERY
            session.add(watch)
            if not await is_granted(session, watch.person_id):
                await session.delete(watch)
                continue
            snils = opened(people[watch.person_id], cipher).snils
            if snils is not None:
                numbers[watch.person_id] = snils
    if not numbers:
        return 0
    try:
        known = await register.known(sorted(set(numbers.values())))
    except RegisterUnavailable:
        return 0
    found = [person_id for person_id, snils in numbers.items() if snils in known]
    for person_id in found:
        async with db.write() as session:
            await person_for_update(session, person_id)
            await owe_match(session, person_id, now=now, due=now)
    return len(found)
