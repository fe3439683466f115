"""Table of one-time codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class OneTimeCode(Model, table=True):
    """The code of one flow; only its keyed digest is kept. A new code for the same flow keeps the tries."""

    __tablename__ = "one_time_code"
    __table_args__ = (UniqueConstraint("purpose", "flow"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    purpose: str
    flow: str
    account_id: UUID | None = None
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tries: int = 0
    issued_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    used_at: datetime | None = utc_field(nullable=True)
