"""Taking a credit back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_cycles.cycles.queries import cycle_for_update
from nmo_cycles.ledger import events, queries
from nmo_cycles.ledger.errors import AlreadyReversed
from nmo_cycles.ledger.rules import reversal_source
from nmo_cycles.ledger.tables import CreditEntry
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.messaging import outbox


async def reverse_credit(
    session: WriteSession, entry_id: UUID, *, reason: str, actor: str, now: datetime
) -> CreditEntry:
    """Append the negative of an entry: the ledger is corrected by adding, never by editing (CYC-09).

    Tells `cycles.credit.reversed` and writes the journal. Returns the new entry.

    Raises:
        NotFound: no such entry.
        AlreadyReversed: it was taken back before, or is a reversal itself.
    """
    entry = await queries.entry_by_id(session, entry_id)
    cycle = await cycle_for_update(session, entry.cycle_id) if entry else None
    if entry is None or cycle is None:
        raise NotFound
    if entry.reversed_entry_id is not None:
        raise AlreadyReversed
    values = entry.model_dump(exclude={"id", "recorded_at"})
    reversal = CreditEntry(
        **values
        | {
            "zet": -entry.zet,
            "recorded_at": now,
            "source": reversal_source(entry.id),
            "reversed_entry_id": entry.id,
            "reason": reason,
        }
    )
    if not await queries.insert_once(session, reversal):
        raise AlreadyReversed
    total = queries.total(await queries.entries_of(session, cycle.id))
    event = events.reversed_(reversal, reversed_entry_id=entry.id, total_zet=total)
    await outbox.add(session, event, version=cycle.next_version())
    await journal.record(
        session,
        actor=actor,
        action="cycles.credit.reverse",
        object_=f"credit/{entry.id}",
        person_id=cycle.person_id,
        reason=reason,
    )
    return reversal
