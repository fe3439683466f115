"""Deliveries to webhooks and their attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class WebhookDelivery(Model, table=True):
    """One event of the log on its way to one webhook."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        ForeignKeyConstraint(["client_id", "seq"], ["partner_event.client_id", "partner_event.seq"]),
        Index("uq_webhook_delivery_subscription_id_seq", "subscription_id", "seq", unique=True),
        Index("ix_webhook_delivery_due", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index(
            "ix_webhook_delivery_order",
            "subscription_id",
            "subject",
            "seq",
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    subscription_id: UUID = Field(foreign_key="subscription.id")
    client_id: str = Field(sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    subject: str = Field(sa_type=Text)
    state: str = Field(default="pending", sa_type=Text)
    attempts: int = 0
    next_attempt_at: datetime = utc_field()
    lease_until: datetime | None = utc_field(nullable=True, default=None)
    delivered_at: datetime | None = utc_field(nullable=True, default=None)


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
