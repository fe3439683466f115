"""Asks for a full comparison; the worker takes the order up (FRM-02)."""

from __future__ import annotations

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.sync import queries
from nmo_registry.sync.errors import ComparisonUnderWay
from nmo_registry.sync.rules import is_interrupted
from nmo_registry.sync.tables import ReconciliationOrder


async def order_comparison(
    session: WriteSession, *, allow_removals: bool, reason: str, by: Principal
) -> None:
    """Have the mirror compared with the register's dump, or a comparison that was interrupted gone on with at once.

    Args:
        session: the transaction of the change.
        allow_removals: remove whom the register does not know, however many they are.
        reason: why, for the journal.
        by: who asks.

    Side effects: a row of `reconciliation_order`, a journal row.

    Raises:
        ComparisonUnderWay: one is worked on, or asked for.
    """
    await queries.state_for_update(session)
    now = clock.now()
    running = await queries.running_reconciliation(session)
    is_alive = running is not None and not is_interrupted(running.phase, None, running.updated_at, now=now)
    if is_alive or await queries.open_order(session) is not None:
        raise ComparisonUnderWay
    session.add(
        ReconciliationOrder(
            source=queries.SOURCE, ordered_by=by.sub, ordered_at=now, allow_removals=allow_removals, reason=reason
        )
    )  # fmt: skip
    await journal.record(
        session, actor=by, action="registry.exchange.compare", object_=f"register/{queries.SOURCE}",
        person_id=None, reason=reason, fields=["allow_removals"] if allow_removals else [],
    )  # fmt: skip
