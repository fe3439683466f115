"""When to try again. Pure."""

from datetime import timedelta

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
