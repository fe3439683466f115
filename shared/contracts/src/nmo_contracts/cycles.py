"""Events of cycles: cycle, plan, ledger, thresholds."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from nmo_contracts.base import EventPayload


class _CycleEvent(EventPayload):
    subject_field: ClassVar[str] = "cycle_id"
    subject_kind: ClassVar[str] = "cycle"

    cycle_id: UUID
    person_id: UUID


class CycleOpenedV1(_CycleEvent):
    """A five-year cycle is open."""

    type_name: ClassVar[str] = "cycles.cycle.opened.v1"
    specialty_key: str
    starts_on: date
    ends_on: date
    preferred_organization_id: UUID | None


class CycleConfirmedV1(_CycleEvent):
    """An educational organisation confirmed the cycle."""

    type_name: ClassVar[str] = "cycles.cycle.confirmed.v1"
    organization_id: UUID
    confirmed_at: datetime


class CycleClosedV1(_CycleEvent):
    """The cycle is over."""

    type_name: ClassVar[str] = "cycles.cycle.closed.v1"
    completed: bool


class CycleDocumentLostV1(_CycleEvent):
    """The register no longer shows the document an open cycle stands on; the cycle and its credits stay."""

    type_name: ClassVar[str] = "cycles.cycle.document_lost.v1"
    specialty_name: str
    """As the cycle shows it."""
    removed_at: datetime
    """Since when the register does not show it."""


class CycleDocumentFoundV1(_CycleEvent):
    """A cycle that had lost its document stands on one that the register shows: the same, or another number of it."""

    type_name: ClassVar[str] = "cycles.cycle.document_found.v1"
    specialty_name: str
    """As the cycle shows it."""


class PlanItemAddedV1(_CycleEvent):
    """An element was chosen into the plan; a programme gets an application from it."""

    type_name: ClassVar[str] = "cycles.plan_item.added.v1"
    plan_item_id: UUID
    element_id: UUID
    element_kind: str
    organization_id: UUID
    specialty_key: str
    specialty_name: str | None = None
    """As the cycle shows it."""
    specialty_version: str | None = None
    """Version of the reference book it was shown with."""


class PlanItemRemovedV1(_CycleEvent):
    """The element left the plan."""

    type_name: ClassVar[str] = "cycles.plan_item.removed.v1"
    plan_item_id: UUID
    element_id: UUID


class CreditRecordedV1(_CycleEvent):
    """Credits entered the ledger; `source` names what proves them, `application/<id>`."""

    type_name: ClassVar[str] = "cycles.credit.recorded.v1"
    entry_id: UUID
    plan_item_id: UUID | None
    element_id: UUID
    kind: str
    zet: Decimal
    earned_on: date
    source: str
    total_zet: Decimal


class CreditReversedV1(_CycleEvent):
    """An entry was reversed by a second, negative one."""

    type_name: ClassVar[str] = "cycles.credit.reversed.v1"
    entry_id: UUID
    reversed_entry_id: UUID
    zet: Decimal
    total_zet: Decimal


class ThresholdReachedV1(_CycleEvent):
    """The sum passed a share of the norm, in per cent: 50, 80 or 100."""

    type_name: ClassVar[str] = "cycles.threshold.reached.v1"
    norm_code: str
    percent: int
    total_zet: Decimal
    target_zet: Decimal


EVENTS = (
    CycleOpenedV1,
    CycleConfirmedV1,
    CycleClosedV1,
    CycleDocumentLostV1,
    CycleDocumentFoundV1,
    PlanItemAddedV1,
    PlanItemRemovedV1,
    CreditRecordedV1,
    CreditReversedV1,
    ThresholdReachedV1,
)
