"""Events of training applications: one per move of the state machine."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from nmo_contracts.base import EventPayload


class _ApplicationEvent(EventPayload):
    subject_field: ClassVar[str] = "application_id"
    subject_kind: ClassVar[str] = "application"

    application_id: UUID
    number: str
    person_id: UUID
    cycle_id: UUID
    plan_item_id: UUID
    element_id: UUID
    organization_id: UUID
    occurred_at: datetime


class ApplicationDraftedV1(_ApplicationEvent):
    """The application exists with its number, «Формируется заявка»."""

    type_name: ClassVar[str] = "applications.application.drafted.v1"


class ApplicationSubmittedV1(_ApplicationEvent):
    """The person submitted it; the catalogue holds a seat or refuses."""

    type_name: ClassVar[str] = "applications.application.submitted.v1"


class ApplicationConfirmedV1(_ApplicationEvent):
    """The organisation confirmed it, and the cycle with it."""

    type_name: ClassVar[str] = "applications.application.confirmed.v1"


class ApplicationRejectedV1(_ApplicationEvent):
    """The organisation rejected it, or no seat was left (`reason_code` `no_seats`)."""

    type_name: ClassVar[str] = "applications.application.rejected.v1"
    reason_code: str


class ApplicationDocumentsRequestedV1(_ApplicationEvent):
    """The organisation asked for documents."""

    type_name: ClassVar[str] = "applications.application.documents_requested.v1"


class ApplicationEnrolledV1(_ApplicationEvent):
    """The person is enrolled."""

    type_name: ClassVar[str] = "applications.application.enrolled.v1"


class ApplicationCompletedV1(_ApplicationEvent):
    """The person completed the programme; the ledger credits it once."""

    type_name: ClassVar[str] = "applications.application.completed.v1"
    zet: Decimal
    completed_on: date
    certificate_number: str


class ApplicationFailedV1(_ApplicationEvent):
    """The person did not complete the programme."""

    type_name: ClassVar[str] = "applications.application.failed.v1"


class ApplicationWithdrawnV1(_ApplicationEvent):
    """The person withdrew it; a held seat is released."""

    type_name: ClassVar[str] = "applications.application.withdrawn.v1"


class ApplicationDeletedV1(_ApplicationEvent):
    """The person deleted it (soft); a held seat is released."""

    type_name: ClassVar[str] = "applications.application.deleted.v1"


EVENTS = (
    ApplicationDraftedV1,
    ApplicationSubmittedV1,
    ApplicationConfirmedV1,
    ApplicationRejectedV1,
    ApplicationDocumentsRequestedV1,
    ApplicationEnrolledV1,
    ApplicationCompletedV1,
    ApplicationFailedV1,
    ApplicationWithdrawnV1,
    ApplicationDeletedV1,
)
