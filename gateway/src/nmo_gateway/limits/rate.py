"""Coarse rate limit in process (GCRA): one number per key, no list of hits."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

MAX_KEYS = 100_000
ROUNDING_S = 1e-9


class RateLimit:
    """Allows ``burst`` requests at once and ``rate_per_s`` after that, for each key.

    Guards one process; limits that must hold over all replicas stand in PostgreSQL (``sign_in``).
    """

    def __init__(self, rate_per_s: float, burst: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._interval = 1.0 / rate_per_s
        self._window = burst * self._interval
        self._clock = clock
        self._due: OrderedDict[Hashable, float] = OrderedDict()

    def wait_s(self, key: Hashable) -> float:
        """Count one request of the key: 0.0 when allowed, else the seconds after which one will be."""
        now = self._clock()
        self._forget(now)
        due = max(self._due.get(key, now), now) + self._interval
        over = due - (now + self._window)
        if over > ROUNDING_S:
            return over
        self._due[key] = due
        self._due.move_to_end(key)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop a key that owes nothing; a flood of new keys pushes out the least recent ones."""
        key = next(iter(self._due), None)
        if key is not None and (self._due[key] <= now or len(self._due) >= MAX_KEYS):
            del self._due[key]
