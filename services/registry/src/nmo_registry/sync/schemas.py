"""Answers about the progress of the mirror."""

from datetime import datetime

from pydantic import BaseModel


class SyncResult(BaseModel):
    """What a pass did."""

    applied: int
    seen: int
    cursor: str
    complete: bool
    error: str | None


class SyncProgress(BaseModel):
    """How far the mirror is, and how old (FRM-10)."""

    cursor: str
    remaining: int | None
    applied_total: int
    quarantined: int
    failures: int
    last_success_at: datetime | None
    age_s: float | None
    last_error: str | None
    last_error_at: datetime | None
    next_attempt_at: datetime | None
