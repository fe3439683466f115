"""The stand-ins' clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time moved by a fixed offset and by whatever a fault says at the moment.

    Args:
        offset_s: constant shift in seconds.
        skew: returns a further shift in seconds; asked on every reading.
        stands_at: the moment the clock stands still at, so that runs repeat; None lets it go.
    """

    def __init__(
        self,
        offset_s: float = 0,
        skew: Callable[[], float] = lambda: 0.0,
        *,
        stands_at: datetime | None = None,
    ) -> None:
        self._offset_s = offset_s
        self._skew = skew
        self._stands_at = stands_at

    def now(self) -> datetime:
        """Return the present moment as the stand-in sees it, aware, in UTC."""
        return (self._stands_at or datetime.now(UTC)) + timedelta(seconds=self._offset_s + self._skew())

    def seconds(self) -> int:
        """Return whole seconds since 1970, as tokens carry them."""
        return int(self.now().timestamp())
