"""Tables of consent texts and of the answers to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class ConsentText(Model, table=True):
    """A version of the text as people saw it; rows are never changed."""

    __tablename__ = "consent_text"

    purpose: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    title: str
    categories: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    body: str
    text_hash: str
    published_at: datetime = utc_field()


class ConsentEvent(Model, table=True):
    """An answer: `granted`, `refused` or `withdrawn`, with the version and hash of the text answered."""

    __tablename__ = "consent_event"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    purpose: str
    kind: str
    text_version: str
    text_hash: str
    at: datetime = utc_field()
    sid: str
