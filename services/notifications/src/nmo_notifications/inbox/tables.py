"""Messages of people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class Message(Model, table=True):
    """One message to one person; the words stay as they were when it was written."""

    __tablename__ = "message"
    __table_args__ = (
        Index("uq_message_event_id_kind_person_id", "event_id", "kind", "person_id", unique=True),
        Index("ix_message_person_id_id", "person_id", "id"),
        Index("ix_message_unread", "person_id", postgresql_where=text("read_at is null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID
    event_id: UUID
    kind: str = Field(sa_type=Text)
    template_version: int
    params: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    title: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    link: str = Field(sa_type=Text)
    created_at: datetime = utc_field()
    read_at: datetime | None = utc_field(nullable=True, default=None)
