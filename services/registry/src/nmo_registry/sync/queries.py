"""Reading the progress of the mirror."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from nmo_kit.db import ReadSession, WriteSession
from nmo_registry.sync.tables import SyncQuarantine, SyncState

SOURCE = "frmr"


async def state(session: ReadSession) -> SyncState:
    """How far the mirror is."""
    return (await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE))).scalar_one()


async def state_for_update(session: WriteSession) -> SyncState:
    """The same, held until the transaction ends: whoever moves the cursor comes here first."""
    found = await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE).with_for_update())
    return found.scalar_one()


async def confirmed_at(session: ReadSession, oid: str, fetched_at: datetime) -> datetime:
    """When a mirrored card was last known to be the register's: read then, or not changed up to the last full pass."""
    last = (await state(session)).last_success_at
    if last is None or last <= fetched_at:
        return fetched_at
    waits = await session.execute(
        select(col(SyncQuarantine.register_oid)).where(col(SyncQuarantine.register_oid) == oid)
    )
    return fetched_at if waits.first() else last


async def due_in_quarantine(session: ReadSession, *, now: datetime, limit: int) -> list[str]:
    """Numbers of cards in quarantine whose time to be asked again has come."""
    found = await session.execute(
        select(col(SyncQuarantine.register_oid))
        .where(col(SyncQuarantine.next_attempt_at) <= now)
        .order_by(col(SyncQuarantine.next_attempt_at))
        .limit(limit)
    )
    return list(found.scalars())


async def quarantine_size(session: ReadSession) -> int:
    """How many cards are in quarantine."""
    return (await session.execute(select(func.count()).select_from(SyncQuarantine))).scalar_one()
