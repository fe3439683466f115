"""Table of letters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class BouncedAddress(Model, table=True):
    """An e-mail address that a mail server refused; found by its keyed digest, so that another address is no bounced one."""

    __tablename__ = "bounced_address"

    address_index: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    person_id: UUID = Field(index=True)
    """Whom the letter was for; the mark is destroyed with their data."""
    bounced_at: datetime = utc_field()


class Letter(Model, table=True):
    """One letter or text message. Address and parameters are sealed, and gone once it is delivered or given up."""

    __tablename__ = "letter"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str
    channel: str
    person_id: UUID | None = Field(default=None, index=True)
    to_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    params_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    state: str = "issued"
    """`issued`, then `sent`, `failed` or `expired`."""
    issued_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    """When it is of no use any more (a code's ten minutes) and is not handed out."""
    finished_at: datetime | None = utc_field(nullable=True)
