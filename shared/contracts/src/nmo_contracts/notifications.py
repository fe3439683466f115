"""Events of notifications: what became of messages and subscriptions."""

from typing import ClassVar
from uuid import UUID

from nmo_contracts.base import EventPayload


class MessageDeliveredV1(EventPayload):
    """A message reached its channel."""

    type_name: ClassVar[str] = "notifications.message.delivered.v1"
    subject_field: ClassVar[str] = "message_id"
    subject_kind: ClassVar[str] = "message"
    message_id: UUID
    person_id: UUID
    channel: str


class MessageFailedV1(EventPayload):
    """A message could not be delivered and will not be tried again."""

    type_name: ClassVar[str] = "notifications.message.failed.v1"
    subject_field: ClassVar[str] = "message_id"
    subject_kind: ClassVar[str] = "message"
    message_id: UUID
    person_id: UUID
    channel: str


class SubscriptionDisabledV1(EventPayload):
    """A partner's subscription is paused after lasting failures; its log goes on growing."""

    type_name: ClassVar[str] = "notifications.subscription.disabled.v1"
    subject_field: ClassVar[str] = "subscription_id"
    subject_kind: ClassVar[str] = "subscription"
    subscription_id: UUID
    partner: str


EVENTS = (MessageDeliveredV1, MessageFailedV1, SubscriptionDisabledV1)
