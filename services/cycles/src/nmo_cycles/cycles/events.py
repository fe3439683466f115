"""Rows of cycles as events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_contracts.cycles import (
    CycleClosedV1,
    CycleConfirmedV1,
    CycleDocumentFoundV1,
    CycleDocumentLostV1,
    CycleOpenedV1,
)
from nmo_cycles.cycles.tables import Cycle


def opened(cycle: Cycle) -> CycleOpenedV1:
    """A cycle is open."""
    return CycleOpenedV1(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        specialty_key=cycle.specialty_key,
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        preferred_organization_id=cycle.preferred_organization_id,
    )


def confirmed(cycle: Cycle, *, organization_id: UUID, confirmed_at: datetime) -> CycleConfirmedV1:
    """An organisation confirmed the cycle."""
    return CycleConfirmedV1(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        organization_id=organization_id,
        confirmed_at=confirmed_at,
    )


def closed(cycle: Cycle, *, completed: bool) -> CycleClosedV1:
    """The cycle is over."""
    return CycleClosedV1(cycle_id=cycle.id, person_id=cycle.person_id, completed=completed)


def document_lost(cycle: Cycle, *, removed_at: datetime) -> CycleDocumentLostV1:
    """The register no longer shows the cycle's document."""
    return CycleDocumentLostV1(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        specialty_name=cycle.specialty_name,
        removed_at=removed_at,
    )


def document_found(cycle: Cycle) -> CycleDocumentFoundV1:
    """The cycle stands on a document that the register shows again."""
    return CycleDocumentFoundV1(
        cycle_id=cycle.id, person_id=cycle.person_id, specialty_name=cycle.specialty_name
    )
