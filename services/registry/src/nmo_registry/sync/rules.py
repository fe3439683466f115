"""When to try again, and what was left undone. Pure."""

from datetime import datetime, timedelta

LONGEST = timedelta(minutes=1)
QUARANTINE_LONGEST = timedelta(hours=6)


def back_off(failures: int, interval_s: float) -> timedelta:
    """Pause after so many failed passes in a row: doubles from the polling interval up to one minute."""
    seconds = interval_s * 2.0 ** min(failures, 16)
    return min(timedelta(seconds=seconds), LONGEST)


def quarantine_pause(attempts: int) -> timedelta:
    """Pause before a faulty card is asked again: doubles from half a minute up to six hours."""
    return min(timedelta(seconds=30 * 2.0 ** min(attempts - 1, 16)), QUARANTINE_LONGEST)


SOME = 100
SHARE = 0.01


def may_remove(missing: int, mirrored: int) -> bool:
    """Whether so many may leave the mirror without an operator: a hundred, or one in a hundred."""
    return missing <= max(SOME, int(mirrored * SHARE))


SILENT = timedelta(minutes=2)
"""A process that works on a comparison moves it far more often, the longest pause for a silent register included."""
UNDER_WAY = frozenset({"reading", "removing"})
DUMP_EXPIRED = "dump_expired"


def is_interrupted(phase: str, stopped_because: str | None, moved_at: datetime, *, now: datetime) -> bool:
    """Whether a comparison was begun and nobody works on it: it stands still, or ended only to begin with a new dump."""
    return (phase in UNDER_WAY or stopped_because == DUMP_EXPIRED) and now - moved_at > SILENT
