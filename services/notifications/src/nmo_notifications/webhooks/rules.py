"""When a webhook is tried again, what an answer means, when an endpoint is paused; pure (events 5.3)."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from enum import StrEnum

SCHEDULE_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses after the 1st … 9th failed attempt (Standard Webhooks); the tenth is the last, 75 h 35 min later."""
MAX_ATTEMPTS = len(SCHEDULE_S) + 1
WAITS_FOR_EARLIER = 5
"""A later event of the same subject waits until the earlier one has failed this often, then overtakes it."""
PAUSE_AFTER = timedelta(days=5)
RETRY_AFTER_CAP_S = 3600
GONE = 410
THROTTLED = frozenset({429, 502, 504})
JITTER = 0.1


BREAKER_WINDOW_S, BREAKER_REST_S = 300.0, 60.0
BREAKER_LEAST, BREAKER_SHARE = 10, 0.7
REFUSALS = frozenset({401, 403, 404})
"""Answers that will not get better by themselves: people are told at the second one."""


class Breaker:
    """Lets an endpoint rest that fails most of the time; its deliveries wait without using up their attempts.

    Opens at 10 attempts in five minutes of which 70 % failed; after a minute's rest one more failure opens it again.
    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, bool]] = deque()
        self._rests_until = 0.0
        self._on_trial = False

    def note(self, *, ok: bool, now: float) -> bool:
        """Take an outcome in; true if the endpoint rests from now on."""
        self._seen.append((now, ok))
        while self._seen[0][0] < now - BREAKER_WINDOW_S:
            self._seen.popleft()
        failed = sum(not good for _, good in self._seen)
        bad = len(self._seen) >= BREAKER_LEAST and failed >= BREAKER_SHARE * len(self._seen)
        if ok:
            self._on_trial = False
            return False
        if not (bad or self._on_trial) or self.rests(now):
            return False
        self._rests_until, self._on_trial = now + BREAKER_REST_S, True
        self._seen.clear()
        return True

    def rests(self, now: float) -> bool:
        """True while nothing may be sent."""
        return now < self._rests_until


class Verdict(StrEnum):
    """What an attempt means for the delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    EXHAUSTED = "exhausted"
    PAUSE = "pause"


def judge(*, status: int | None, attempts: int) -> Verdict:
    """What follows from an answer after `attempts` attempts in all; `status` None means no answer.

    Only 2xx is success: a redirect is never followed and counts as failure; 410 asks to be left alone.
    """
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 HTTP classes
        return Verdict.DELIVERED
    if status == GONE:
        return Verdict.PAUSE
    return Verdict.RETRY if attempts < MAX_ATTEMPTS else Verdict.EXHAUSTED


def pause_s(attempts: int, *, status: int | None, retry_after: str | None, jitter: float) -> float:
    """Seconds until the next attempt; `jitter` is a random number of -1 … 1.

    A throttling answer may ask for a longer pause, up to an hour.
    """
    planned = SCHEDULE_S[min(attempts, len(SCHEDULE_S)) - 1] * (1 + JITTER * jitter)
    if status in THROTTLED and retry_after is not None and retry_after.strip().isdecimal():
        return max(planned, min(int(retry_after), RETRY_AFTER_CAP_S))
    return planned


def should_pause(failing_since: datetime | None, now: datetime) -> bool:
    """True when the endpoint has done nothing but fail for five days."""
    return failing_since is not None and now - failing_since >= PAUSE_AFTER
