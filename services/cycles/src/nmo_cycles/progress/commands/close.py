"""Closing of cycles whose last day has passed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from nmo_cycles.cycles import events
from nmo_cycles.cycles.queries import ended_cycles
from nmo_cycles.ledger.queries import entries_of
from nmo_cycles.norms.queries import all_norms
from nmo_cycles.norms.rules import judge, portal_norm
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox

BATCH: Final = 100


async def close_ended_cycles(session: WriteSession, *, now: datetime, today: date) -> int:
    """Close some ended cycles, completed or not by the portal's norm in force on their last day (CYC-11).

    Tells `cycles.cycle.closed` of each and writes the journal. Nothing is deleted. Returns how many were closed;
    the next call takes further ones.
    """
    norms = await all_norms(session)
    cycles = await ended_cycles(session, today=today, limit=BATCH)
    for cycle in cycles:
        norm = portal_norm(norms, cycle.ends_on)
        entries = await entries_of(session, cycle.id)
        credits_ = [entry.credit for entry in entries]
        cycle.completed = norm is not None and judge(norm, credits_, filing_on=cycle.ends_on).satisfied
        cycle.closed_at = now
        event = events.closed(cycle, completed=cycle.completed)
        await outbox.add(session, event, version=cycle.next_version())
        await journal.record(
            session,
            actor="cycles.calendar",
            action="cycles.cycle.close",
            object_=f"cycle/{cycle.id}",
            person_id=cycle.person_id,
            reason="completed" if cycle.completed else "not completed",
        )
    return len(cycles)
