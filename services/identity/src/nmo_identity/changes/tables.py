"""Table of carried-out changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


class AppliedChange(Model, table=True):
    """Append-only: what became of one approved change. Former values are kept sealed as evidence."""

    __tablename__ = "applied_change"
    __table_args__ = (Index("ix_applied_change_person_id", "person_id", "applied_at"),)

    request_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    number: str
    outcome: str
    """`applied`, or `refused`."""
    reason_code: str | None = None
    changed: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    before_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    proposed_by: UUID
    approved_by: UUID
    applied_at: datetime = utc_field()
