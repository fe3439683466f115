"""How far the mirror and a comparison are: for the administrator's page, and in one line for the terminal."""

from __future__ import annotations

import sys
import time
from datetime import datetime

from nmo_kit.db import ReadSession
from nmo_registry.sync import queries
from nmo_registry.sync.schemas import ComparisonProgress, SyncProgress
from nmo_registry.sync.tables import Reconciliation

EVERY_S = 1.0


async def progress_of(session: ReadSession, *, now: datetime) -> SyncProgress:
    """How far the mirror is and how old."""
    found = await queries.state(session)
    age = None if found.last_success_at is None else (now - found.last_success_at).total_seconds()
    return SyncProgress(
        cursor=found.cursor,
        remaining=found.remaining,
        applied_total=found.applied_total,
        quarantined=await queries.quarantine_size(session),
        failures=found.failures,
        last_success_at=found.last_success_at,
        age_s=age,
        last_error=found.last_error,
        last_error_at=found.last_error_at,
        next_attempt_at=found.next_attempt_at,
    )


def comparison_of(row: Reconciliation, *, now: datetime) -> ComparisonProgress:
    """Share, rate and time left of a comparison."""
    seconds = ((row.finished_at or row.updated_at) - row.started_at).total_seconds()
    rate = row.taken / seconds if seconds > 0 and row.taken else None
    return ComparisonProgress(
        **row.model_dump(
            include={
                "phase", "stopped_because", "taken", "total", "appeared", "changed", "removed", "unreadable",
                "started_at", "finished_at",
            }
        ),
        rate_per_s=rate,
        left_s=max(0, row.total - row.taken) / rate if rate else None,
        silent_s=(now - row.updated_at).total_seconds(),
    )  # fmt: skip


class Progress:
    """Shows the progress of one call once a second."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._began, self._began_at = time.monotonic(), -1
        self._shown = 0.0

    def show(self, row: Reconciliation) -> None:
        """Write the line, if the last one is a second old."""
        moment = time.monotonic()
        if self._began_at < 0:
            self._began, self._began_at = moment, row.taken
        if moment - self._shown >= EVERY_S:
            self._shown = moment
            sys.stdout.write(self.line(row) + "\n")
            sys.stdout.flush()

    def line(self, row: Reconciliation) -> str:
        """`37.0 % · 1110000 of 3000000 · 5200/s · 363 s left · new 1110000, changed 0, removed 0, unreadable 0`."""
        share = 100 * row.taken / row.total if row.total else 100.0
        seconds = time.monotonic() - self._began
        rate = (row.taken - max(self._began_at, 0)) / seconds if seconds > 0 else 0.0
        left = f"{max(0, row.total - row.taken) / rate:.0f} s left" if rate > 0 else "time unknown"
        return (
            f"{row.phase} · {share:.1f} % · {row.taken} of {row.total} · {rate:.0f}/s · {left} · "
            f"new {row.appeared}, changed {row.changed}, removed {row.removed}, unreadable {row.unreadable}"
        )
