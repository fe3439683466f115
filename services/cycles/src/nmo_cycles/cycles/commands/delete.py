"""Deletion of an empty cycle."""

from __future__ import annotations

from uuid import UUID

from nmo_cycles.cycles import events, queries
from nmo_cycles.cycles.errors import CycleInUse
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal


async def delete_cycle(session: WriteSession, cycle_id: UUID, *, viewer: Principal) -> None:
    """Delete a cycle while nothing hangs on it (CYC-04).

    Tells `cycles.cycle.closed`, so that nobody waits for it, and writes the journal.

    Raises:
        NotFound: no such cycle of the viewer.
        CycleInUse: it is confirmed, or the plan or the ledger has something.
    """
    cycle = await queries.cycle_of_for_update(session, cycle_id, viewer=viewer)
    if cycle.confirmed_at is not None or await queries.is_used(session, cycle.id):
        raise CycleInUse
    await outbox.add(session, events.closed(cycle, completed=False), version=cycle.next_version())
    await journal.record(
        session,
        actor=viewer,
        action="cycles.cycle.delete",
        object_=f"cycle/{cycle.id}",
        person_id=viewer.person_id,
    )
    await session.delete(cycle)
