"""Order the destruction of a person's data, or call it off."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.erasure.queries import open_order
from nmo_identity.erasure.rules import TERM, Reason, due_at
from nmo_identity.erasure.tables import ErasureOrder
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def order_erasure(
    session: WriteSession,
    person_id: UUID,
    *,
    pseudonym: UUID,
    reason: Reason,
    by: Principal | str,
    now: datetime,
    term: timedelta = TERM,
) -> ErasureOrder:
    """Have the person's data destroyed when the term is over; an order that stands already stays as it is.

    The person's row must be locked. Writes a journal row.
    """
    standing = await open_order(session, person_id)
    if standing is not None:
        return standing
    order = ErasureOrder(
        person_id=person_id, pseudonym=pseudonym, reason=reason, ordered_at=now, due_at=due_at(now, term)
    )
    session.add(order)
    await session.flush()
    await journal.record(
        session,
        actor=by,
        action="erasure.ordered",
        object_=f"erasure/{order.id}",
        person_id=person_id,
        reason=reason,
    )
    return order


async def cancel_erasure(
    session: WriteSession, person_id: UUID, *, by: Principal | str, now: datetime
) -> bool:
    """Call the destruction off before it begins: the person consented again. True if there was one to call off."""
    order = await open_order(session, person_id)
    if order is None or order.state != "due":
        return False
    order.state, order.ended_at = "cancelled", now
    session.add(order)
    await journal.record(
        session,
        actor=by,
        action="erasure.cancelled",
        object_=f"erasure/{order.id}",
        person_id=person_id,
    )
    return True
