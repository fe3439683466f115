"""Items of plans as events."""

from __future__ import annotations

from nmo_contracts.cycles import PlanItemAddedV1, PlanItemRemovedV1
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.elements.tables import CatalogElementCopy
from nmo_cycles.plan.tables import PlanItem


def added(item: PlanItem, cycle: Cycle, element: CatalogElementCopy) -> PlanItemAddedV1:
    """An element was chosen into the plan."""
    return PlanItemAddedV1(
        cycle_id=cycle.id,
        person_id=cycle.person_id,
        plan_item_id=item.id,
        element_id=element.element_id,
        element_kind=element.kind,
        organization_id=element.organization_id,
        specialty_key=cycle.specialty_key,
        specialty_name=cycle.specialty_name,
        specialty_version=cycle.specialty_version,
    )


def removed(item: PlanItem, cycle: Cycle) -> PlanItemRemovedV1:
    """The element left the plan."""
    return PlanItemRemovedV1(
        cycle_id=cycle.id, person_id=cycle.person_id, plan_item_id=item.id, element_id=item.element_id
    )
