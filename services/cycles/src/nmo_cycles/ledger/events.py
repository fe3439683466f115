"""Entries of the ledger as events."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from nmo_contracts.cycles import CreditRecordedV1, CreditReversedV1, ThresholdReachedV1
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.ledger.tables import CreditEntry
from nmo_cycles.norms.rules import Norm


def recorded(entry: CreditEntry, *, total_zet: Decimal) -> CreditRecordedV1:
    """Credits entered the ledger."""
    return CreditRecordedV1(
        cycle_id=entry.cycle_id,
        person_id=entry.person_id,
        entry_id=entry.id,
        plan_item_id=entry.plan_item_id,
        element_id=entry.element_id,
        kind=entry.kind,
        zet=entry.zet,
        earned_on=entry.earned_on,
        source=entry.source,
        total_zet=total_zet,
    )


def reversed_(entry: CreditEntry, *, reversed_entry_id: UUID, total_zet: Decimal) -> CreditReversedV1:
    """An entry was reversed by a second, negative one."""
    return CreditReversedV1(
        cycle_id=entry.cycle_id,
        person_id=entry.person_id,
        entry_id=entry.id,
        reversed_entry_id=reversed_entry_id,
        zet=entry.zet,
        total_zet=total_zet,
    )


def threshold(cycle: Cycle, norm: Norm, *, percent: int, total_zet: Decimal) -> ThresholdReachedV1:
    """The sum passed a share of the norm."""
    return ThresholdReachedV1(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        norm_code=norm.code,
        percent=percent,
        total_zet=total_zet,
        target_zet=norm.total,
    )
