"""Take cards that were just read at the register into the mirror, and set the others aside (FRM-02)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_registry.specialists.commands.record_employers import record_employers
from nmo_registry.specialists.commands.record_people import Recorded, record_people
from nmo_registry.sync.commands.quarantine import release, set_aside
from nmo_registry.sync.fetch import Fetched


async def take_in(
    session: WriteSession, fetched: Fetched, *, gone: Collection[str], cipher: FieldCipher, now: datetime
) -> Recorded:
    """Write what was read; `refused` of the answer holds every card set aside, with the reason.

    Args:
        session: the transaction of the change.
        fetched: cards, unreadable ones and employers.
        gone: numbers of people who left the register.
        cipher: seals the СНИЛС and the birth date.
        now: when the register was asked.

    Side effects: rows of the mirror, events in the outbox, the quarantine.
    """
    recorded = await record_people(session, fetched.records, gone=gone, cipher=cipher, now=now)
    await record_employers(session, fetched.employers, now=now)
    recorded.refused.update(fetched.unreadable)
    await set_aside(session, recorded.refused, now=now)
    read = [record.oid for record in fetched.records if record.oid not in recorded.refused]
    await release(session, [*read, *gone])
    return recorded
