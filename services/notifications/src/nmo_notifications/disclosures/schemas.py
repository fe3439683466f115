"""Answers about disclosures."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class DisclosureItem(BaseModel):
    """One event about the person in a partner's log."""

    id: UUID
    at: datetime
    partner: str
    title: str
    fields: list[str]
