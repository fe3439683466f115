"""Pure rules of local accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105 the name of a step, no password
FRESH = timedelta(minutes=15)
"""So long after signing in nobody is asked for the password they have just typed."""


def is_fresh(auth_time: datetime, now: datetime) -> bool:
    """True a moment after signing in."""
    return now - auth_time <= FRESH
