"""Attempts to deliver to webhooks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class WebhookAttempt(Model, table=True):
    """One attempt: when, what the receiver answered, how long it took."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (Index("ix_webhook_attempt_delivery_id_id", "delivery_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    delivery_id: UUID = Field(foreign_key="webhook_delivery.id")
    at: datetime = utc_field()
    status: int | None = None
    result: str = Field(sa_type=Text)
    duration_ms: int
