"""What a service says after it heeded a consent or destroyed a person's data: identity waits for each of them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from nmo_contracts.base import EventPayload


class ConsentApplied(EventPayload):
    """An answer to a consent is in force at the service."""

    subject_field: ClassVar[str] = "person_id"
    subject_kind: ClassVar[str] = "person"

    person_id: UUID
    purpose: str
    granted: bool
    answered_at: datetime
    """When the person answered."""
    applied_at: datetime
    """When the service began to heed the answer."""


class PersonForgotten(EventPayload):
    """The service holds no more of the person than the law tells it to keep."""

    subject_field: ClassVar[str] = "person_id"
    subject_kind: ClassVar[str] = "person"

    person_id: UUID
    order_id: UUID
    destroyed: dict[str, int]
    """Rows destroyed or emptied, by table."""
    kept: dict[str, str]
    """What stays, by table, with its legal ground in Russian."""
    forgotten_at: datetime


class RegistryConsentAppliedV1(ConsentApplied):
    """The registry heeds the answer."""

    type_name: ClassVar[str] = "registry.consent.applied.v1"


class CyclesConsentAppliedV1(ConsentApplied):
    """Cycles heed the answer."""

    type_name: ClassVar[str] = "cycles.consent.applied.v1"


class ApplicationsConsentAppliedV1(ConsentApplied):
    """Applications heed the answer."""

    type_name: ClassVar[str] = "applications.consent.applied.v1"


class NotificationsConsentAppliedV1(ConsentApplied):
    """Notifications heed the answer."""

    type_name: ClassVar[str] = "notifications.consent.applied.v1"


class RegistryPersonForgottenV1(PersonForgotten):
    """The registry forgot the person."""

    type_name: ClassVar[str] = "registry.person.forgotten.v1"


class CyclesPersonForgottenV1(PersonForgotten):
    """Cycles forgot the person."""

    type_name: ClassVar[str] = "cycles.person.forgotten.v1"


class ApplicationsPersonForgottenV1(PersonForgotten):
    """Applications forgot the person."""

    type_name: ClassVar[str] = "applications.person.forgotten.v1"


class NotificationsPersonForgottenV1(PersonForgotten):
    """Notifications forgot the person."""

    type_name: ClassVar[str] = "notifications.person.forgotten.v1"


CONSENT_APPLIED = (
    RegistryConsentAppliedV1,
    CyclesConsentAppliedV1,
    ApplicationsConsentAppliedV1,
    NotificationsConsentAppliedV1,
)
PERSON_FORGOTTEN = (
    RegistryPersonForgottenV1,
    CyclesPersonForgottenV1,
    ApplicationsPersonForgottenV1,
    NotificationsPersonForgottenV1,
)
SERVICES = tuple(model.type_name.partition(".")[0] for model in CONSENT_APPLIED)
"""Who holds personal data beside identity, and so must answer."""
EVENTS = (*CONSENT_APPLIED, *PERSON_FORGOTTEN)
