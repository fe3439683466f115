"""Public event types that partners receive: thin, made from internal ones after scope and consent."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from nmo_contracts.base import EventPayload


class _PublicEvent(EventPayload):
    specialist_id: UUID
    """Pseudonym of the person for this partner alone."""
    links: dict[str, str]


class ApplicationStatusChangedV1(_PublicEvent):
    """An application moved to another status."""

    type_name: ClassVar[str] = "partner.application.status_changed.v1"
    subject_field: ClassVar[str] = "application_id"
    subject_kind: ClassVar[str] = "application"
    application_id: UUID
    number: str
    status: str
    element_id: UUID
    organization_id: UUID
    occurred_at: datetime


class CycleStatusChangedV1(_PublicEvent):
    """A cycle was opened, confirmed or closed."""

    type_name: ClassVar[str] = "partner.cycle.status_changed.v1"
    subject_field: ClassVar[str] = "cycle_id"
    subject_kind: ClassVar[str] = "cycle"
    cycle_id: UUID
    status: str


class CreditRecordedV1(_PublicEvent):
    """Credits were recorded in a cycle."""

    type_name: ClassVar[str] = "partner.credit.recorded.v1"
    subject_field: ClassVar[str] = "cycle_id"
    subject_kind: ClassVar[str] = "cycle"
    cycle_id: UUID
    element_id: UUID
    zet: str
    total_zet: str


class PingV1(EventPayload):
    """The test event a partner asks for."""

    type_name: ClassVar[str] = "partner.platform.ping.v1"
    subject_field: ClassVar[str] = "subscription_id"
    subject_kind: ClassVar[str] = "subscription"
    subscription_id: UUID


class RestoredV1(EventPayload):
    """The portal was restored from a backup: what came after `complete_until` should be asked for by a replay."""

    type_name: ClassVar[str] = "partner.platform.restored.v1"
    subject_field: ClassVar[str] = "subscription_id"
    subject_kind: ClassVar[str] = "subscription"
    subscription_id: UUID
    complete_until: datetime


EVENTS = (ApplicationStatusChangedV1, CycleStatusChangedV1, CreditRecordedV1, PingV1, RestoredV1)
