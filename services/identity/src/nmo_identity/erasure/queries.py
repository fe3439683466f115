"""Every SELECT on erasures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from nmo_identity.erasure.tables import ErasureAnswer, ErasureOrder
from nmo_kit.db import ReadSession, WriteSession

_NUMBER = text("select nextval('erasure_act_number')")
_JOURNAL = text(
    """
    select at, action, actor, object, result, reason, fields, purpose, trace_id
    from journal
    where person_id = :person_id and at >= :since
      and (action like 'consent.%' or action like 'erasure.%' or action like 'person.%')
    order by at, id
    """
)


async def open_order(session: ReadSession, person_id: UUID) -> ErasureOrder | None:
    """The destruction that awaits the person, or is going on."""
    found = await session.execute(
        select(ErasureOrder).where(
            col(ErasureOrder.person_id) == person_id, col(ErasureOrder.state).in_(("due", "running"))
        )
    )
    return found.scalar_one_or_none()


async def due_order_ids(session: ReadSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Orders whose day has come."""
    found = await session.execute(
        select(col(ErasureOrder.id))
        .where(col(ErasureOrder.state) == "due", col(ErasureOrder.due_at) <= now)
        .order_by(col(ErasureOrder.due_at))
        .limit(limit)
    )
    return found.scalars().all()


async def running_order_ids(session: ReadSession) -> Sequence[UUID]:
    """Orders that await answers or their act."""
    found = await session.execute(
        select(col(ErasureOrder.id))
        .where(col(ErasureOrder.state) == "running")
        .order_by(col(ErasureOrder.id))
    )
    return found.scalars().all()


async def stuck_orders(session: ReadSession, begun_before: datetime) -> Sequence[UUID]:
    """Orders that began before then and are not over."""
    found = await session.execute(
        select(col(ErasureOrder.id)).where(
            col(ErasureOrder.state) == "running", col(ErasureOrder.begun_at) < begun_before
        )
    )
    return found.scalars().all()


async def order_for_update(session: WriteSession, order_id: UUID) -> ErasureOrder | None:
    """An order, locked."""
    found = await session.execute(
        select(ErasureOrder).where(col(ErasureOrder.id) == order_id).with_for_update()
    )
    return found.scalar_one_or_none()


async def answers_of(session: ReadSession, order_id: UUID) -> Sequence[ErasureAnswer]:
    """Answers of the parties."""
    found = await session.execute(
        select(ErasureAnswer)
        .where(col(ErasureAnswer.order_id) == order_id)
        .order_by(col(ErasureAnswer.service))
    )
    return found.scalars().all()


async def order_of_number(session: ReadSession, number: int) -> ErasureOrder | None:
    """The order that an act's number belongs to."""
    found = await session.execute(select(ErasureOrder).where(col(ErasureOrder.number) == number))
    return found.scalar_one_or_none()


async def next_number(session: WriteSession) -> int:
    """Number of the next act; a number once drawn is never given again."""
    return int((await session.execute(_NUMBER)).scalar_one())


async def journal_extract(session: ReadSession, person_id: UUID, since: datetime) -> list[dict[str, Any]]:
    """Rows of the journal that prove the withdrawal and the destruction."""
    found = await session.execute(_JOURNAL, {"person_id": person_id, "since": since})
    return [{**row, "at": row["at"].isoformat()} for row in found.mappings()]
