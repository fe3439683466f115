"""Tell owners of passwords that grow old: 14, 7 and 1 days ahead (REG-06, P02)."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.letters.commands.send import send_letter
from nmo_identity.local_accounts.queries import growing_old
from nmo_identity.passwords import hashing
from nmo_identity.passwords.rules import days_left, notice_due
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

BATCH = 100


async def notify_age(db: Database, cipher: FieldCipher, *, now: datetime) -> int:
    """Write the letters owed; how many. Where passwords do not grow old nobody gets one."""
    rules = hashing.current().rules
    if rules.max_age is None:
        return 0
    written = 0
    async with db.write() as session:
        for row, person in await growing_old(session, rules, now=now, limit=BATCH):
            left = days_left(row.set_at, rules, now) if row.set_at else None
            due = notice_due(left, row.noticed_days)
            if due is None or left is None or not person.email:
                continue
            row.noticed_days = due
            session.add(row)
            await send_letter(
                session, kind="password_expires", channel="email", to=person.email, params={"days": str(left)},
                person_id=person.id, cipher=cipher, now=now,
            )  # fmt: skip
            written += 1
    return written
