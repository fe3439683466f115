"""Jobs of delivery and their log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class DeliveryJob(Model, table=True):
    """One message to be delivered by one channel; unique, so an event handled twice sends one letter."""

    __tablename__ = "delivery_job"
    __table_args__ = (
        Index("uq_delivery_job_message_id_channel", "message_id", "channel", unique=True),
        Index("ix_delivery_job_due", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    message_id: UUID = Field(foreign_key="message.id")
    channel: str = Field(sa_type=Text)
    state: str = Field(default="pending", sa_type=Text)
    attempts: int = 0
    next_attempt_at: datetime = utc_field()
    lease_until: datetime | None = utc_field(nullable=True, default=None)
    created_at: datetime = utc_field()
    finished_at: datetime | None = utc_field(nullable=True, default=None)


class DeliveryAttempt(Model, table=True):
    """One attempt: when, what came of it. Never an address."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_job_id_id", "job_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    job_id: UUID = Field(foreign_key="delivery_job.id")
    at: datetime = utc_field()
    result: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
