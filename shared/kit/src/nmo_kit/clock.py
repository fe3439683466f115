"""The one clock. Shiftable outside production, so that five-year rules can be shown in seconds.

In SQL its twin is `app_now()`, shifted by the session setting `app.clock_offset`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")
_offset = timedelta(0)


def set_offset(seconds: float) -> None:
    """Shift the clock of this process; settings refuse it in production."""
    global _offset  # noqa: PLW0603 one clock per process is the point
    _offset = timedelta(seconds=seconds)


def now() -> datetime:
    """Present moment, aware, UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """Present day in Moscow: the day that terms and forms are counted by."""
    return now().astimezone(MOSCOW).date()
