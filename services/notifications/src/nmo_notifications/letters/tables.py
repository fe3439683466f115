"""Jobs of identity's letters and their log. Never an address, a code or a word of the text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class LetterJob(Model, table=True):
    """One letter to send; the letter's own id, so an event handled twice sends one letter."""

    __tablename__ = "letter_job"
    __table_args__ = (
        Index("ix_letter_job_due", "next_attempt_at", postgresql_where=text("settled_at is null")),
    )

    letter_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    template_version: int
    state: str = Field(default="pending", sa_type=Text)
    """`pending`, then `sent`, `failed` or `over` (identity has nothing to send any more)."""
    attempts: int = 0
    next_attempt_at: datetime = utc_field()
    lease_until: datetime | None = utc_field(nullable=True, default=None)
    created_at: datetime = utc_field()
    finished_at: datetime | None = utc_field(nullable=True, default=None)
    settled_at: datetime | None = utc_field(nullable=True, default=None)
    """Identity knows the outcome and has erased the content."""


class LetterAttempt(Model, table=True):
    """One attempt: when, what came of it."""

    __tablename__ = "letter_attempt"
    __table_args__ = (Index("ix_letter_attempt_letter_id_id", "letter_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    letter_id: UUID = Field(foreign_key="letter_job.letter_id")
    at: datetime = utc_field()
    result: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
