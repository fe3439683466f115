"""Requests and answers of partners."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from nmo_kit.clock import Moment
from nmo_kit.json import loads
from nmo_notifications.partners.commands.subscribe import Subscribed
from nmo_notifications.partners.rules import OFFERED, PREFIX, short_type
from nmo_notifications.partners.tables import PartnerEvent, Subscription

Way = Literal["amqp", "webhook", "pull"]


class Filter(BaseModel):
    """Narrows a subscription; an empty list narrows nothing."""

    model_config = ConfigDict(extra="forbid")

    organization_ids: list[UUID] = Field(default_factory=list, max_length=200)


_NAMES: list[JsonValue] = [*OFFERED, *(PREFIX + name for name in OFFERED)]
_WEBHOOK: dict[str, JsonValue] = {"properties": {"way": {"const": "webhook"}}}
_WITH_ADDRESS: dict[str, JsonValue] = {
    "if": _WEBHOOK,
    "then": {"properties": {"url": {"type": "string"}}, "required": ["url"]},
    "else": {"properties": {"url": {"type": "null"}}},
}
"""Only a webhook has an address, as a schema tells it."""


class SubscriptionRequest(BaseModel):
    """What a partner wants to hear, and how."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_WITH_ADDRESS)

    types: list[Annotated[str, WithJsonSchema({"type": "string", "enum": _NAMES})]] = Field(
        min_length=1, max_length=20
    )
    way: Way
    url: str | None = Field(default=None, max_length=500)
    filter: Filter = Filter()

    @field_validator("types")
    @classmethod
    def _offered(cls, values: list[str]) -> list[str]:
        found = [short_type(value) for value in values]
        if set(found) - set(OFFERED):
            msg = f"Таких событий нет. Есть: {', '.join(OFFERED)}"
            raise ValueError(msg)
        return found

    @model_validator(mode="after")
    def _address_where_needed(self) -> SubscriptionRequest:
        if (self.way == "webhook") != (self.url is not None):
            msg = "Адрес url нужен для webhook и только для него"
            raise ValueError(msg)
        return self


class QueueView(BaseModel):
    """Access to the partner's queue, shown once."""

    url: str
    vhost: str
    queue: str
    username: str
    password: str


class SubscriptionView(BaseModel):
    """A subscription."""

    subscription_id: UUID
    way: Way
    types: list[str]
    filter: Filter
    url: str | None
    state: str
    paused_reason: str | None
    created_at: datetime


class NewSubscription(SubscriptionView):
    """A new subscription with what is shown only once."""

    secret: str | None
    amqp: QueueView | None


class Subscriptions(BaseModel):
    """All subscriptions of the partner; they are few, so one page holds them."""

    items: list[SubscriptionView]
    next_cursor: str | None


class Sent(BaseModel):
    """The test event that is on its way."""

    event_id: UUID


class ReplayRequest(BaseModel):
    """From which moment on."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: Moment = Field(alias="from")


class RotateRequest(BaseModel):
    """How long the old secret goes on signing beside the new one; 0 when it leaked."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: int = Field(default=24 * 3600, ge=0, le=7 * 24 * 3600)


class RotatedSecret(BaseModel):
    """The new secret, shown once."""

    secret: str


class ReplayView(BaseModel):
    """What will come again; `cursor` is where a pull feed reads from."""

    deliveries: int
    cursor: str


class AttemptView(BaseModel):
    """One attempt of a webhook."""

    at: datetime
    status: int | None
    result: str
    duration_ms: int


class DeliveryView(BaseModel):
    """One event and what became of it in this subscription."""

    event_id: UUID
    type: str
    subject: str
    logged_at: datetime
    state: str
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    last_attempt: AttemptView | None


class Deliveries(BaseModel):
    """One page of deliveries, newest first."""

    items: list[DeliveryView]
    next_cursor: str | None


class Feed(BaseModel):
    """Events in the order of the log, and the cursor to ask for the next ones with."""

    events: list[dict[str, Any]]
    next: str


def subscription_view(row: Subscription) -> SubscriptionView:
    """The answer for one subscription."""
    return SubscriptionView.model_validate(_fields(row))


def new_subscription(made: Subscribed) -> NewSubscription:
    """The answer for a new subscription."""
    access = made.access
    amqp = None if access is None else QueueView.model_validate(access, from_attributes=True)
    return NewSubscription.model_validate(_fields(made.row) | {"secret": made.secret, "amqp": amqp})


def _fields(row: Subscription) -> dict[str, Any]:
    return {
        "subscription_id": row.id,
        "way": row.way,
        "types": row.types,
        "filter": Filter(organization_ids=row.organization_ids),
        "url": row.url,
        "state": row.state,
        "paused_reason": row.paused_reason,
        "created_at": row.created_at,
    }


def event_body(row: PartnerEvent) -> dict[str, Any]:
    """The CloudEvents document of a logged event."""
    body: dict[str, Any] = loads(row.body or b"{}")
    return body
