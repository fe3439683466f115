"""Pure rules of sessions: how old a sign-in may be before a risky action (security D1)."""

from __future__ import annotations

from datetime import datetime, timedelta

STEP_UP_AGE = timedelta(minutes=5)
"""A sign-in, or its confirmation, that is older does not allow a risky action."""


def is_recent(auth_time: datetime | None, now: datetime) -> bool:
    """Whether the person proved who they are a short while ago."""
    return auth_time is not None and now - auth_time <= STEP_UP_AGE
