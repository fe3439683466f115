"""How many questions a minute may be asked: a bucket that fills evenly, without a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

BURST_PART = 6
"""That part of a minute's questions may be asked at once."""


class QuotaSpentError(Exception):
    """The next question may be asked only after more time than the asker has."""


class Quota:
    """Questions of this process. In no minute are more asked than told; of several processes each has its own quota."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = monotonic) -> None:
        """Nothing was asked yet.

        Args:
            per_minute: questions in any 60 seconds, at least two.
            clock: seconds of a clock that never goes back.
        """
        burst = max(1, per_minute // BURST_PART)
        self._interval = 60.0 / (per_minute - burst)
        self._ahead = burst * self._interval
        self._clock = clock
        self._next = -self._ahead

    async def take(self, patience_s: float) -> None:
        """Wait for one's turn, in the order of asking.

        Raises:
            QuotaSpentError: the turn would come later than in so many seconds; told at once, and no question is spent.
        """
        now = self._clock()
        turn = max(self._next, now - self._ahead + self._interval)
        if turn - now > patience_s:
            raise QuotaSpentError
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
