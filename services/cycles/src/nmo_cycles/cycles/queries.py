"""Reads of cycles; those of a person take the viewer and filter by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.tables import RegistryDocumentCopy
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal

NOTHING: Final = Decimal("0.00")


async def cycles_of(session: ReadSession, *, viewer: Principal) -> Sequence[Cycle]:
    """The viewer's cycles, the latest first."""
    statement = (
        select(Cycle)
        .where(col(Cycle.person_id) == viewer.person_id)
        .order_by(col(Cycle.starts_on).desc(), col(Cycle.id))
    )
    return (await session.execute(statement)).scalars().all()


async def cycle_of(session: ReadSession, cycle_id: UUID, *, viewer: Principal) -> Cycle:
    """One cycle of the viewer.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    statement = select(Cycle).where(col(Cycle.id) == cycle_id, col(Cycle.person_id) == viewer.person_id)
    found: Cycle | None = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def cycle_of_for_update(session: WriteSession, cycle_id: UUID, *, viewer: Principal) -> Cycle:
    """The same, locked until the transaction ends. Raises NotFound likewise."""
    statement = select(Cycle).where(col(Cycle.id) == cycle_id, col(Cycle.person_id) == viewer.person_id)
    found: Cycle | None = (await session.execute(statement.with_for_update())).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def cycle_for_update(session: WriteSession, cycle_id: UUID) -> Cycle | None:
    """A cycle for a background part, locked until the transaction ends."""
    return await session.get(Cycle, cycle_id, with_for_update=True, populate_existing=True)


async def running_cycles(
    session: WriteSession, person_id: UUID, specialty_key: str, *, today: date
) -> Sequence[Cycle]:
    """Cycles of the person in the specialty that are not over.

    Others who open one for the same person and specialty wait until this transaction ends, so that two requests
    at once cannot both find none.
    """
    lock = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")
    await session.execute(lock, {"key": f"cycle {person_id} {specialty_key}"})
    statement = select(Cycle).where(
        col(Cycle.person_id) == person_id,
        col(Cycle.specialty_key) == specialty_key,
        col(Cycle.closed_at).is_(None),
        col(Cycle.ends_on) >= today,
    )
    return (await session.execute(statement)).scalars().all()


async def stands_on(session: WriteSession, document_id: UUID, *, viewer: Principal) -> bool:
    """True if a cycle of the viewer stands on the document of the register."""
    statement = select(Cycle.id).where(
        col(Cycle.document_id) == document_id, col(Cycle.person_id) == viewer.person_id
    )
    return (await session.execute(statement)).first() is not None


async def cycles_of_document(session: WriteSession, document_id: UUID) -> Sequence[Cycle]:
    """Cycles that stand on a document of the register, locked."""
    statement = select(Cycle).where(col(Cycle.document_id) == document_id).order_by(col(Cycle.id))
    return (await session.execute(statement.with_for_update())).scalars().all()


async def cycles_left_behind(session: WriteSession, specialist_id: UUID) -> Sequence[Cycle]:
    """Open cycles that stand on a document of the specialist which the register does not show any more; locked.

    Marked or not yet: one whose document is given anew in the same breath has lost nothing.
    """
    statement = (
        select(Cycle)
        .join(RegistryDocumentCopy, col(RegistryDocumentCopy.document_id) == col(Cycle.document_id))
        .where(
            col(RegistryDocumentCopy.specialist_id) == specialist_id,
            col(RegistryDocumentCopy.removed_at).is_not(None),
            col(Cycle.closed_at).is_(None),
        )
        .order_by(col(Cycle.id))
    )
    return (await session.execute(statement.with_for_update(of=Cycle))).scalars().all()


async def ended_cycles(session: WriteSession, *, today: date, limit: int) -> Sequence[Cycle]:
    """Some cycles whose last day has passed and that are not closed; locked, those of other workers left out."""
    statement = (
        select(Cycle)
        .where(col(Cycle.closed_at).is_(None), col(Cycle.ends_on) < today)
        .order_by(col(Cycle.ends_on), col(Cycle.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(statement)).scalars().all()


# Plan and ledger stand on cycles, so their tables are named here only as tables.
_IS_USED = text(
    "select exists (select from plan_item where cycle_id = :id and removed_at is null)"
    " or exists (select from credit_entry where cycle_id = :id)"
)
_TOTALS = text(
    "select cycle_id, sum(zet) from credit_entry where cycle_id = any(cast(:ids as uuid[])) group by cycle_id"
)


async def is_used(session: WriteSession, cycle_id: UUID) -> bool:
    """True if the plan or the ledger of the cycle has something."""
    used: bool = (await session.execute(_IS_USED, {"id": cycle_id})).scalar_one()
    return used


async def totals(session: ReadSession, cycles: Sequence[Cycle]) -> dict[UUID, Decimal]:
    """Sum of the ledger of each cycle, in ЗЕТ with two digits."""
    found = await session.execute(_TOTALS, {"ids": [cycle.id for cycle in cycles]})
    sums = {row.cycle_id: row.sum for row in found}
    return {cycle.id: sums.get(cycle.id, NOTHING) for cycle in cycles}
