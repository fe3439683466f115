"""Reads of plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from nmo_cycles.applications.queries import applications_of_items
from nmo_cycles.applications.tables import ApplicationCopy
from nmo_cycles.elements.tables import CatalogElementCopy
from nmo_cycles.ledger.queries import results_of
from nmo_cycles.norms.rules import Component, component_of
from nmo_cycles.plan.tables import PlanItem
from nmo_kit.db import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan item with its element, application and result."""

    item: PlanItem
    element: CatalogElementCopy
    application: ApplicationCopy | None
    result_zet: Decimal | None
    earned_on: date | None

    @property
    def component(self) -> Component:
        """Group of the plan it stands in."""
        return component_of(self.element.kind)


async def plan_of(session: ReadSession, cycle_id: UUID) -> list[PlanRow]:
    """Items of a cycle that the caller may see, by the start of the element, then as they were chosen."""
    statement = (
        select(PlanItem, CatalogElementCopy)
        .join(CatalogElementCopy, col(CatalogElementCopy.element_id) == col(PlanItem.element_id))
        .where(col(PlanItem.cycle_id) == cycle_id, col(PlanItem.removed_at).is_(None))
        .order_by(col(CatalogElementCopy.starts_on).nulls_last(), col(PlanItem.id))
    )
    found: Sequence[tuple[PlanItem, CatalogElementCopy]] = (await session.execute(statement)).tuples().all()
    applications = await applications_of_items(session, [item.id for item, _ in found])
    results = await results_of(session, cycle_id)
    return [
        PlanRow(
            item,
            element,
            applications.get(item.id),
            results[item.id]["zet"] if item.id in results else None,
            results[item.id]["earned_on"] if item.id in results else None,
        )
        for item, element in found
    ]


async def is_chosen(session: WriteSession, cycle_id: UUID, element_id: UUID) -> bool:
    """True if the element is in the plan of the cycle."""
    statement = select(PlanItem.id).where(
        col(PlanItem.cycle_id) == cycle_id,
        col(PlanItem.element_id) == element_id,
        col(PlanItem.removed_at).is_(None),
    )
    return (await session.execute(statement)).first() is not None


async def plan_item(session: ReadSession, plan_item_id: UUID) -> PlanItem | None:
    """One item, removed ones too."""
    return await session.get(PlanItem, plan_item_id)
