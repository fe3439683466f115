"""Seats by application."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from nmo_catalog.base import Model
from nmo_kit.db import utc_field


class SeatHold(Model, table=True):
    """The seat of one application: held, refused or released."""

    __tablename__ = "seat_hold"
    __table_args__ = (Index("ix_seat_hold_element", "element_id", postgresql_where=text("state = 'held'")),)

    application_id: UUID = Field(primary_key=True)
    element_id: UUID
    state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    version: int
    """Version of the seat as a subject of events."""
    application_version: int
    """Newest version of the application that was acted on."""
    updated_at: datetime = utc_field()
