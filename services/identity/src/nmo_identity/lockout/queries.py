"""Every SELECT of the lockout."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from nmo_identity.lockout.rules import ALARM_WINDOW, is_alarming
from nmo_identity.lockout.tables import KnownDevice, LoginCounter, LoginMinute
from nmo_kit.db import ReadSession


async def is_known_device(session: ReadSession, account_id: UUID, device: bytes) -> bool:
    """True when the browser signed in to this account before."""
    return await session.get(KnownDevice, (account_id, device)) is not None


async def locked_until(session: ReadSession, key: str, now: datetime) -> datetime | None:
    """When the key's lock ends; None when it is not locked."""
    row = await session.get(LoginCounter, key, populate_existing=True)
    if row is None or row.locked_until is None or row.locked_until <= now:
        return None
    return row.locked_until


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
