"""How far a comparison is, in one line: share, rate, time left."""

from __future__ import annotations

import sys
import time

from nmo_registry.sync.tables import Reconciliation

EVERY_S = 1.0


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
