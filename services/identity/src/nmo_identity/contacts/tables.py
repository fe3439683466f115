"""Tables of contacts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class ContactChange(Model, table=True):
    """One change of one contact: waits for its code, then can be taken back by the old contact for seven days."""

    __tablename__ = "contact_change"
    __table_args__ = (
        # One change of a kind waits at a time; a newer one takes its place.
        Index(
            "uq_contact_change_pending",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("uq_contact_change_undo_hash", "undo_hash", unique=True),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    kind: str
    state: str = "pending"
    """`pending`, then `confirmed`, `cancelled`, or `undone` after it was confirmed."""
    value_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    previous_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The contact before, for taking back; gone after seven days."""
    reserved: bool = True
    """False when the address is another account's: no code was sent to it and none will do."""
    created_at: datetime = utc_field()
    confirmed_at: datetime | None = utc_field(nullable=True)
    undo_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    undo_until: datetime | None = utc_field(nullable=True)
    ended_at: datetime | None = utc_field(nullable=True)


class PostalAddress(Model, table=True):
    """Where a person gets letters on paper."""

    __tablename__ = "postal_address"

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    address_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    updated_at: datetime = utc_field()
