"""Every SELECT of the lockout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from nmo_identity.lockout.rules import ALARM_WINDOW, LOCK, TELL_AFTER, is_alarming
from nmo_identity.lockout.tables import KnownDevice, LoginCounter, LoginMinute
from nmo_kit.db import ReadSession, WriteSession


async def is_known_device(session: ReadSession, account_id: UUID, device: bytes) -> bool:
    """True when the browser signed in to this account before."""
    return await session.get(KnownDevice, (account_id, device)) is not None


async def locked_until(session: ReadSession, key: str, now: datetime) -> datetime | None:
    """When the key's lock ends; None when it is not locked."""
    row = await session.get(LoginCounter, key, populate_existing=True)
    if row is None or row.locked_until is None or row.locked_until <= now:
        return None
    return row.locked_until


async def untold_locks(session: WriteSession, limit: int, *, now: datetime) -> Sequence[LoginCounter]:
    """Keys that were closed and nobody looked at since, locked; rows another worker holds are skipped.

    Not the newest ones: while the fifth password is compared it may still be the right one.
    """
    closed_until = col(LoginCounter.locked_until)
    found = await session.execute(
        select(LoginCounter)
        .where(
            col(LoginCounter.owner_told).is_(False),
            or_(closed_until.is_(None), closed_until <= now + LOCK - TELL_AFTER),
        )
        .order_by(col(LoginCounter.window_started_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


async def is_under_attack(session: ReadSession, now: datetime) -> bool:
    """True while the share of failures over all logins is alarming."""
    found = await session.execute(
        select(
            func.coalesce(func.sum(col(LoginMinute.tries)), 0),
            func.coalesce(func.sum(col(LoginMinute.failures)), 0),
        ).where(col(LoginMinute.minute) > now - ALARM_WINDOW)
    )
    tries, failures = found.one()
    return is_alarming(int(tries), int(failures))
