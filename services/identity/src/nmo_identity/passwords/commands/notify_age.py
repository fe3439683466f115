"""Tell owners of passwords that grow old: 14, 7 and 1 days ahead (REG-06, P02)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import col

from nmo_identity.accounts.tables import Account, Person
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.passwords import hashing
from nmo_identity.passwords.rules import NOTICE_DAYS, PROFILES, days_left, notice_due
from nmo_identity.passwords.tables import LocalCredential
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

BATCH = 100


async def notify_age(db: Database, cipher: FieldCipher, *, now: datetime) -> int:
    """Write the letters owed; how many. Where passwords do not grow old nobody gets one."""
    profile = PROFILES[hashing.current().profile]
    if profile.max_age is None:
        return 0
    written = 0
    async with db.write() as session:
        found = await session.execute(
            select(LocalCredential, Person)
            .join(Account, col(Account.id) == col(LocalCredential.account_id))
            .join(Person, col(Person.id) == col(Account.person_id))
            .where(
                col(Account.state) == "active",
                col(Person.email_verified),
                col(LocalCredential.set_at) > now - profile.max_age,
                or_(*_due(now - profile.max_age)),
            )
            .limit(BATCH)
            .with_for_update(of=LocalCredential, skip_locked=True)
        )
        for row, person in found.tuples():
            left = days_left(row.set_at, profile, now) if row.set_at else None
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


def _due(over_before: datetime) -> list[ColumnElement[bool]]:
    """One condition for each notice: near enough, and neither it nor a later one is written yet."""
    return [
        and_(
            col(LocalCredential.set_at) <= over_before + timedelta(days=days),
            or_(col(LocalCredential.noticed_days).is_(None), col(LocalCredential.noticed_days) > days),
        )
        for days in NOTICE_DAYS
    ]
