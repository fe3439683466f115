"""Answers about open sessions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class SessionItem(BaseModel):
    """A live session of the person; `current` marks the one that asks."""

    sid: UUID
    current: bool
    provider: str
    signed_in_at: datetime
    confirmed_at: datetime | None
    """When the person last proved themselves; null where their provider does not say."""
    expires_at: datetime
    ip_prefix: str
    user_agent: str


class Sessions(BaseModel):
    """Live sessions, newest first."""

    items: list[SessionItem]
    next_cursor: str | None


class EndedSessions(BaseModel):
    """How many sessions ended just now."""

    ended: int
