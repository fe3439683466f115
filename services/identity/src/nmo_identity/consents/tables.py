"""Tables of consent texts, of the answers to them, and of the records that receipts are made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, Text, text
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
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    """Summary, recipients, actions, term, what follows a withdrawal, jurisdiction; empty before 2026-11."""
    text_hash: str
    published_at: datetime = utc_field()


class ConsentEvent(Model, table=True):
    """An answer: `granted`, `refused` or `withdrawn`, with the version and hash of the text answered."""

    __tablename__ = "consent_event"
    __table_args__ = (Index("ix_consent_event_withdrawn", "at", postgresql_where=text("kind = 'withdrawn'")),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    purpose: str
    kind: str
    text_version: str
    text_hash: str
    at: datetime = utc_field()
    sid: str


class ConsentRecord(Model, table=True):
    """One consent as ISO/IEC TS 27560 records it. Only its end is written later, once (a trigger sees to it)."""

    __tablename__ = "consent_record"
    __table_args__ = (
        Index(
            "uq_consent_record_given",
            "person_id",
            "purpose",
            unique=True,
            postgresql_where=text("state = 'given'"),
        ),
        Index("ix_consent_record_person_id", "person_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    pseudonym: UUID
    """The subject as receipts name them: the same in all records of a person, of no use elsewhere."""
    purpose: str
    notice_version: str
    notice_hash: str
    categories: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    recipients: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    retention: str
    method: str
    language: str
    jurisdiction: str
    ip_prefix: str
    given_at: datetime = utc_field()
    state: str = "given"
    """`given`, then `withdrawn`, or `replaced` by a consent to a newer text."""
    ended_at: datetime | None = utc_field(nullable=True, default=None)


class ConsentAcknowledgement(Model, table=True):
    """That a service heeds an answer (security D16)."""

    __tablename__ = "consent_acknowledgement"

    event_id: UUID = Field(primary_key=True, foreign_key="consent_event.id")
    service: str = Field(primary_key=True)
    applied_at: datetime = utc_field()
    recorded_at: datetime = utc_field()
