"""Partners, their subscriptions and logs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_notifications.base import Model


class Partner(Model, table=True):
    """A partner system that subscribed at least once; its row lock orders its log."""

    __tablename__ = "partner"

    client_id: str = Field(sa_type=Text, primary_key=True)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = utc_field()


class Subscription(Model, table=True):
    """Which public events a partner wants, and which way."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_client_id", "client_id"),
        Index(
            "uq_subscription_queue",
            "client_id",
            unique=True,
            postgresql_where=text("way = 'amqp' and state <> 'deleted'"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    client_id: str = Field(sa_type=Text, foreign_key="partner.client_id")
    way: str = Field(sa_type=Text)
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    organization_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    url: str | None = Field(default=None, sa_type=Text)
    secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    previous_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    previous_until: datetime | None = utc_field(nullable=True, default=None)
    """Until then the secret before the present one signs beside it."""
    state: str = Field(default="active", sa_type=Text)
    paused_reason: str | None = Field(default=None, sa_type=Text)
    cursor_seq: int = Field(default=0, sa_type=BigInteger)
    """By queue: the last event of the log that the broker took."""
    lease_until: datetime | None = utc_field(nullable=True, default=None)
    next_attempt_at: datetime | None = utc_field(nullable=True, default=None)
    failing_since: datetime | None = utc_field(nullable=True, default=None)
    version: int = 1
    created_at: datetime = utc_field()


class PartnerEvent(Model, table=True):
    """One public event in a partner's log. A withdrawn consent empties the body and keeps the place."""

    __tablename__ = "partner_event"
    __table_args__ = (
        Index("uq_partner_event_client_id_event_id", "client_id", "event_id", unique=True),
        Index("ix_partner_event_person_id", "person_id", postgresql_where=text("body is not null")),
        Index(
            "ix_partner_event_person_id_at",
            "person_id",
            text("at desc"),
            text("event_id desc"),
            postgresql_where=text("person_id is not null"),
        ),
        Index("ix_partner_event_client_id_at", "client_id", "at"),
    )

    client_id: str = Field(sa_type=Text, primary_key=True, foreign_key="partner.client_id")
    seq: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: UUID
    type: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    person_id: UUID | None = None
    organization_id: UUID | None = None
    subscription_id: UUID | None = None
    """Set when the event is meant for one subscription alone (a ping)."""
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    at: datetime = utc_field()
    """When it entered the log."""


class EarlyFact(Model, table=True):
    """A fact about somebody whose agreement is not known here yet; it waits for minutes, unseen."""

    __tablename__ = "early_fact"
    __table_args__ = (
        Index("ix_early_fact_person_id", "person_id", "place"),
        Index("ix_early_fact_at", "at"),
    )

    event_id: UUID = Field(primary_key=True)
    place: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    person_id: UUID
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = utc_field()


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
