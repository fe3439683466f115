"""Answers of the journal."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class JournalItem(BaseModel):
    """One row as its person may see it."""

    at: datetime
    action: str
    title: str
    result: str
    reason: str | None
    fields: list[str]
    ip_prefix: str
    object: str
    reference: str
