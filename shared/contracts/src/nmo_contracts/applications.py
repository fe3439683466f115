"""Events of training applications, one per move of the state machine, and of requests to support."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from nmo_contracts.base import Classification, EventPayload

RequestKind = Literal["mismatch", "verification", "data_change", "sign_in", "other"]
RequestResult = Literal["answered", "approved", "rejected", "applied", "not_applied", "withdrawn"]


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


class _RequestEvent(EventPayload):
    subject_field: ClassVar[str] = "request_id"
    subject_kind: ClassVar[str] = "request"

    request_id: UUID
    number: str
    kind: RequestKind
    person_id: UUID
    occurred_at: datetime


class RequestOpenedV1(_RequestEvent):
    """A signed-in person turned to support; the request has its number."""

    type_name: ClassVar[str] = "applications.request.opened.v1"
    due_at: datetime


class RequestAnsweredV1(_RequestEvent):
    """Support wrote to the person, or asks them for something."""

    type_name: ClassVar[str] = "applications.request.answered.v1"


class RequestClosedV1(_RequestEvent):
    """The request is finished."""

    type_name: ClassVar[str] = "applications.request.closed.v1"
    result: RequestResult


class ChangeApprovedV1(EventPayload):
    """A second employee approved a change of data that is otherwise unchangeable (REG-04).

    Ids only: identity asks applications for the new values, for this purpose.
    """

    type_name: ClassVar[str] = "applications.change.approved.v1"
    subject_field: ClassVar[str] = "request_id"
    subject_kind: ClassVar[str] = "request"
    classification: ClassVar[Classification] = "restricted"
    request_id: UUID
    number: str
    person_id: UUID
    proposed_by: UUID
    approved_by: UUID
    approved_at: datetime


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
    RequestOpenedV1,
    RequestAnsweredV1,
    RequestClosedV1,
    ChangeApprovedV1,
)
