"""Set cards aside that could not be read or written, and take them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from nmo_kit.db import WriteSession
from nmo_registry.sync.rules import quarantine_pause
from nmo_registry.sync.tables import SyncQuarantine

# One array, not a parameter for each of thousands.
_RELEASE = text("delete from sync_quarantine where register_oid = any(:oids)")


async def set_aside(session: WriteSession, faulty: Mapping[str, str], *, now: datetime) -> None:
    """Keep the numbers of faulty cards with the reason; each is asked for again later, after a longer pause each time."""
    for oid, reason in faulty.items():
        row = await session.get(SyncQuarantine, oid)
        attempts = (row.attempts if row else 0) + 1
        values = {"reason": reason, "attempts": attempts, "next_attempt_at": now + quarantine_pause(attempts)}
        statement = insert(SyncQuarantine).values(register_oid=oid, first_seen_at=now, **values)
        await session.execute(statement.on_conflict_do_update(index_elements=["register_oid"], set_=values))


async def release(session: WriteSession, oids: Sequence[str]) -> None:
    """These cards are read, or are no longer there."""
    if oids:
        await session.execute(_RELEASE, {"oids": list(oids)})
