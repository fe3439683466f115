"""Write the act when every party has destroyed what it held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from nmo_identity.erasure import queries
from nmo_identity.erasure.rules import ALARM_AFTER, KEEP_ACT, act_of, is_complete
from nmo_identity.erasure.tables import ErasureAnswer, ErasureOrder
from nmo_kit import journal
from nmo_kit.db import Database, WriteSession

logger = structlog.get_logger(__name__)
Sign = Callable[[dict[str, Any]], Awaitable[str]]
"""Signs a document with identity's key (JWS, compact)."""


async def record_answer(
    session: WriteSession,
    order_id: UUID,
    service: str,
    *,
    destroyed: dict[str, int],
    kept: dict[str, str],
    at: datetime,
) -> None:
    """Keep what a service destroyed and kept; a second word of the same service changes nothing."""
    if await session.get(ErasureAnswer, (order_id, service)) is None:
        session.add(ErasureAnswer(order_id=order_id, service=service, destroyed=destroyed, kept=kept, at=at))


async def conclude_erasures(db: Database, sign: Sign, *, now: datetime) -> int:
    """Number, sign and keep the acts of the destructions that all parties have answered; how many."""
    async with db.read() as session:
        order_ids = await queries.running_order_ids(session)
        stuck = await queries.stuck_orders(session, now - ALARM_AFTER)
    for order_id in stuck:
        logger.error("erasure_unanswered", order=str(order_id))
    done = 0
    for order_id in order_ids:
        async with db.write() as session:
            done += await _conclude(session, order_id, sign, now)
    return done


async def _conclude(session: WriteSession, order_id: UUID, sign: Sign, now: datetime) -> bool:
    order = await queries.order_for_update(session, order_id)
    if order is None or order.state != "running":
        return False
    answers = await queries.answers_of(session, order_id)
    if not is_complete([row.service for row in answers]):
        return False
    number = await queries.next_number(session)
    await journal.record(
        session,
        actor="worker.erasure",
        action="erasure.concluded",
        object_=f"erasure/{order.id}",
        person_id=order.person_id,
        reason=order.reason,
    )
    act = await _act(session, order, answers, number, now)
    order.state, order.ended_at, order.number, order.act = "done", now, number, act
    order.signed, order.keep_until = await sign(act), now + KEEP_ACT
    session.add(order)
    logger.info("erasure_concluded", order=str(order_id), number=number)
    return True


async def _act(
    session: WriteSession, order: ErasureOrder, answers: Any, number: int, now: datetime
) -> dict[str, Any]:
    return act_of(
        number=number,
        order_id=str(order.id),
        pseudonym=str(order.pseudonym),
        reason=order.reason,
        ordered_at=order.ordered_at,
        begun_at=order.begun_at or now,
        now=now,
        answers={
            row.service: {"at": row.at.isoformat(), "destroyed": row.destroyed, "kept": row.kept}
            for row in answers
        },
        journal=await queries.journal_extract(session, order.person_id, order.ordered_at),
    )
