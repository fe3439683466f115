"""The worker's part in full comparisons: those asked for, and those that were begun and cut short (FRM-02)."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

import structlog

from nmo_kit import clock
from nmo_kit.db import Database
from nmo_registry.frmr.client import RegisterRefusedError, RegisterUnavailableError
from nmo_registry.sync import queries
from nmo_registry.sync.collecting import seldom_collected
from nmo_registry.sync.commands.reconcile import MovedElsewhereError, Reconciler
from nmo_registry.sync.readers import ReaderLostError
from nmo_registry.sync.rules import back_off, is_interrupted
from nmo_registry.sync.tables import Reconciliation, ReconciliationOrder

logger = structlog.get_logger(__name__)
TURN_S = 8.0
"""A turn ends after that, so that the process can be stopped; the next one goes on from its place."""


class TurnOverError(Exception):
    """The time of this turn is over; what is written stays."""


class Comparing:
    """Takes comparisons up in turns. What is to be done stands in the database, so a restart forgets nothing."""

    def __init__(self, database: Database, reconciler: Reconciler, *, interval_s: float) -> None:
        """`interval_s`: the first pause when the register is silent; it doubles up to a minute."""
        self._db = database
        self._reconciler = reconciler
        self._interval_s = interval_s
        self._failures = 0
        self._not_before: datetime | None = None
        self._mine: UUID | None = None
        """The comparison that this process goes on with, without waiting for it to fall silent."""

    async def turn(self) -> Reconciliation | None:
        """Go on for some seconds with what is wanted; the comparison when it has come to its end, else None.

        A comparison that another process works on (`reconcile` by hand) is left to it until it falls silent.
        """
        now = clock.now()
        if self._not_before is not None and now < self._not_before:
            return None
        async with self._db.read() as session:
            order = await queries.open_order(session)
            last = await queries.last_reconciliation(session)
        if order is None and not self._is_left(last, now):
            return None
        return await self._go_on(order, last)

    def _is_left(self, last: Reconciliation | None, now: datetime) -> bool:
        if last is None:
            return False
        if last.id == self._mine and last.finished_at is None:
            return True
        return is_interrupted(last.phase, last.stopped_because, last.finished_at or last.updated_at, now=now)

    async def _go_on(
        self, order: ReconciliationOrder | None, last: Reconciliation | None
    ) -> Reconciliation | None:
        ends = time.monotonic() + TURN_S
        self._mine = None if last is None else last.id

        def tell(row: Reconciliation) -> None:
            self._mine = row.id
            if time.monotonic() >= ends:
                raise TurnOverError

        allowed = order is not None and order.allow_removals
        try:
            with seldom_collected():
                done = await self._reconciler.run(tell, allow_removals=allowed, patience=1)
        except TurnOverError:
            self._failures = 0
            return None
        except MovedElsewhereError:
            self._mine = None
            return None
        except (RegisterUnavailableError, RegisterRefusedError, ReaderLostError) as error:
            self._failures += 1
            self._not_before = clock.now() + back_off(self._failures, self._interval_s)
            logger.warning("comparison_waits", reason=str(error), attempts=self._failures)
            return None
        self._failures, self._mine = 0, None
        logger.info("comparison_ended", phase=done.phase, reason=done.stopped_because)
        return done
