"""Answers about the progress of the mirror."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Reason = Annotated[str, Field(min_length=1, max_length=200)]
RegisterOid = Annotated[str, Field(pattern=r"^[0-9A-Za-z.]{1,64}$")]


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


class ReasonCount(BaseModel):
    """A reason for which cards were set aside, and how many."""

    reason: str
    count: int


class ComparisonProgress(BaseModel):
    """How far a full comparison is.

    `rate_per_s` and `left_s` are told from its whole time so far; null while nothing is read. `silent_s`: seconds since
    its progress last moved.
    """

    phase: str
    stopped_because: str | None
    taken: int
    total: int
    appeared: int
    changed: int
    removed: int
    unreadable: int
    rate_per_s: float | None
    left_s: float | None
    silent_s: float
    started_at: datetime
    finished_at: datetime | None


class UnnamedLine(BaseModel):
    """A line of a dump that is no card and names nobody: the line of that number after the card `after_oid`."""

    model_config = ConfigDict(from_attributes=True)

    dump_id: str
    after_oid: str
    position: int
    reason: str
    noted_at: datetime


class Exchange(SyncProgress):
    """All about the exchange with the register, for its administrator."""

    comparison: ComparisonProgress | None
    ordered_at: datetime | None
    """When a comparison was asked for that has not come to its end."""
    reasons: list[ReasonCount]
    unnamed: list[UnnamedLine]
    """The first hundred lines of a dump without a person's number, until a comparison does not have them."""
    unnamed_count: int


class SetAsideCard(BaseModel):
    """A card that could not be read or written; the reason names a field, never a value."""

    register_oid: str
    reason: str
    attempts: int
    first_seen_at: datetime
    next_attempt_at: datetime


class RetryRequest(BaseModel):
    """Which cards to read again: one, all of a reason, or, with nothing told, all."""

    model_config = ConfigDict(extra="forbid")

    register_oid: RegisterOid | None = None
    reason: Reason | None = None


class CompareRequest(BaseModel):
    """A full comparison; `allow_removals` removes whom the register does not know, however many they are."""

    model_config = ConfigDict(extra="forbid")

    allow_removals: bool = False
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class RetryResult(BaseModel):
    """How many cards will be read again."""

    queued: int
