"""Events of the catalogue: elements and seats."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from nmo_contracts.base import EventPayload

ElementKind = Literal["programme", "event", "module"]
StudyForm = Literal["full_time", "part_time", "correspondence"]
FundingBasis = Literal["budget", "contract", "contract_foms"]


class _ElementEvent(EventPayload):
    subject_field: ClassVar[str] = "element_id"
    subject_kind: ClassVar[str] = "element"

    element_id: UUID


class ElementPublishedV1(_ElementEvent):
    """The element is open for choice; the whole public card, so that others may keep a copy."""

    type_name: ClassVar[str] = "catalog.element.published.v1"
    classification = "public"
    kind: ElementKind
    title: str
    zet: Decimal
    workload_hours: int
    form: StudyForm
    bases: list[FundingBasis]
    starts_on: date | None
    ends_on: date | None
    organization_id: UUID
    organization_name: str
    specialty_keys: list[str]
    place: str
    state_budget_only: bool = False


class ElementChangedV1(ElementPublishedV1):
    """The same card with new values."""

    type_name: ClassVar[str] = "catalog.element.changed.v1"


class ElementArchivedV1(_ElementEvent):
    """The element can no longer be chosen."""

    type_name: ClassVar[str] = "catalog.element.archived.v1"
    classification = "public"


class _SeatEvent(EventPayload):
    """Seat events are ordered per application, not per element."""

    subject_field: ClassVar[str] = "application_id"
    subject_kind: ClassVar[str] = "application_seat"

    application_id: UUID
    element_id: UUID


class SeatHeldV1(_SeatEvent):
    """A seat is held for the application."""

    type_name: ClassVar[str] = "catalog.seat.held.v1"
    seats_left: int


class SeatRefusedV1(_SeatEvent):
    """No seat can be held; `reason` is `no_seats`, `archived` or `started`."""

    type_name: ClassVar[str] = "catalog.seat.refused.v1"
    reason: str


class SeatReleasedV1(_SeatEvent):
    """The seat is free again."""

    type_name: ClassVar[str] = "catalog.seat.released.v1"
    seats_left: int


EVENTS = (ElementPublishedV1, ElementChangedV1, ElementArchivedV1, SeatHeldV1, SeatRefusedV1, SeatReleasedV1)
