"""Crediting what a person completed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from nmo_contracts.purposes import MAIN
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.ledger import events, queries
from nmo_cycles.ledger.rules import THRESHOLDS, credited
from nmo_cycles.ledger.tables import CreditEntry
from nmo_cycles.norms.queries import all_norms
from nmo_cycles.norms.rules import judge, portal_norm
from nmo_kit import failpoints, journal
from nmo_kit.consents import is_withdrawn
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox


@dataclass(frozen=True, slots=True)
class Achievement:
    """What was completed, and what proves it."""

    plan_item_id: UUID | None
    element_id: UUID
    kind: str
    title: str
    zet: Decimal
    earned_on: date
    source: str


async def record_credit(
    session: WriteSession,
    cycle: Cycle,
    achievement: Achievement,
    *,
    now: datetime,
    today: date,
    causation: Envelope | None = None,
) -> CreditEntry | None:
    """Append a credit to the cycle's ledger, once for its source (CYC-09, APP-08).

    The caller holds the lock of the cycle's row. Tells `cycles.credit.recorded` and, once for each share of the
    portal's norm, `cycles.threshold.reached`; writes the journal.

    Returns:
        The entry; None if the source was credited before, and then nothing is told.

    Raises:
        ValueError: no credible number of credits.
    """
    entry = CreditEntry(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        plan_item_id=achievement.plan_item_id,
        element_id=achievement.element_id,
        kind=achievement.kind,
        title=achievement.title,
        zet=credited(achievement.zet),
        earned_on=achievement.earned_on,
        recorded_at=now,
        source=achievement.source,
    )
    if not await queries.insert_once(session, entry):
        return None
    await failpoints.hit("cycles.credit.appended")
    entries = await queries.entries_of(session, cycle.id)
    event = events.recorded(entry, total_zet=queries.total(entries))
    await outbox.add(session, event, version=cycle.next_version(), causation=causation)
    await _tell_thresholds(session, cycle, entries, now=now, today=today, causation=causation)
    await journal.record(
        session,
        actor="cycles.ledger",
        action="cycles.credit.record",
        object_=f"credit/{entry.id}",
        person_id=cycle.person_id,
        reason=entry.source,
    )
    return entry


async def _tell_thresholds(
    session: WriteSession,
    cycle: Cycle,
    entries: queries.Entries,
    *,
    now: datetime,
    today: date,
    causation: Envelope | None,
) -> None:
    norm = portal_norm(await all_norms(session), today)
    # The credit itself has a legal ground of its own; telling of progress rests on the consent.
    if norm is None or await is_withdrawn(session, cycle.person_id, MAIN):
        return
    verdict = judge(norm, [entry.credit for entry in entries], filing_on=date.max)
    for percent in THRESHOLDS:
        if verdict.passed(percent) and await queries.mark_threshold(
            session, cycle.id, norm.code, percent, at=now
        ):
            event = events.threshold(cycle, norm, percent=percent, total_zet=queries.total(entries))
            await outbox.add(session, event, version=cycle.next_version(), causation=causation)
