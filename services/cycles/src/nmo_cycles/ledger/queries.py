"""Reads of the ledger; sums are always derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from nmo_cycles.ledger.tables import CreditEntry, ThresholdMark
from nmo_kit.db import ReadSession, WriteSession

Entries = Sequence[CreditEntry]
_RESULTS = text(
    "select plan_item_id, sum(zet) as zet, max(earned_on) filter (where zet > 0) as earned_on from credit_entry"
    " where cycle_id = :cycle_id and plan_item_id is not null group by plan_item_id having sum(zet) <> 0"
)


async def entries_of(
    session: ReadSession, cycle_id: UUID, *, before: UUID | None = None, limit: int | None = None
) -> Sequence[CreditEntry]:
    """Entries of a cycle that the caller may see, the latest recorded first."""
    statement = select(CreditEntry).where(col(CreditEntry.cycle_id) == cycle_id)
    if before is not None:
        statement = statement.where(col(CreditEntry.id) < before)
    statement = statement.order_by(col(CreditEntry.id).desc()).limit(limit)
    return (await session.execute(statement)).scalars().all()


async def results_of(session: ReadSession, cycle_id: UUID) -> dict[UUID, RowMapping]:
    """Credits by plan item: `zet`, `earned_on`; items whose credits were taken back are not in it."""
    rows = (await session.execute(_RESULTS, {"cycle_id": cycle_id})).mappings().all()
    return {row["plan_item_id"]: row for row in rows}


async def entry_by_id(session: ReadSession, entry_id: UUID) -> CreditEntry | None:
    """One entry."""
    return await session.get(CreditEntry, entry_id)


async def insert_once(session: WriteSession, entry: CreditEntry) -> bool:
    """Append an entry; False if its source is in the ledger already."""
    statement = insert(CreditEntry).values(**entry.model_dump()).on_conflict_do_nothing()
    inserted = await session.execute(statement.returning(col(CreditEntry.id)))
    return inserted.scalar_one_or_none() is not None


async def mark_threshold(
    session: WriteSession, cycle_id: UUID, norm_code: str, percent: int, *, at: datetime
) -> bool:
    """Note that a share of a norm was reached; False if it was noted before."""
    values = {"cycle_id": cycle_id, "norm_code": norm_code, "percent": percent, "reached_at": at}
    statement = insert(ThresholdMark).values(**values).on_conflict_do_nothing()
    marked = await session.execute(statement.returning(col(ThresholdMark.percent)))
    return marked.scalar_one_or_none() is not None


def total(entries: Sequence[CreditEntry]) -> Decimal:
    """Sum of entries in ЗЕТ, with two digits."""
    return sum((entry.zet for entry in entries), Decimal("0.00"))
