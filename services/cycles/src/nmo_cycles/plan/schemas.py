"""Requests and answers about plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_contracts.catalog import ElementKind, StudyForm
from nmo_cycles.cycles.schemas import CycleView
from nmo_cycles.norms.rules import NOTHING, Component, Norm
from nmo_cycles.plan.queries import PlanRow
from nmo_cycles.plan.rules import BRANCHES, GROUP_TITLES, item_status


class ChooseElement(BaseModel):
    """The element to put into the plan."""

    model_config = ConfigDict(extra="forbid")

    element_id: UUID


class ApplicationRef(BaseModel):
    """The application that came from a plan item."""

    application_id: UUID
    number: str
    status: str
    reason_code: str | None


class ResultView(BaseModel):
    """What the item brought."""

    zet: Decimal
    earned_on: date | None


class PlanItemView(BaseModel):
    """An item of the plan."""

    plan_item_id: UUID
    element_id: UUID
    kind: ElementKind
    title: str
    zet: Decimal
    form: StudyForm
    starts_on: date | None
    ends_on: date | None
    organization_id: UUID
    organization_name: str
    archived: bool
    application: ApplicationRef | None
    result: ResultView | None
    status: str


class GroupView(BaseModel):
    """A group of the plan with its target."""

    code: Component
    title: str
    branch: str | None
    target_zet: Decimal
    earned_zet: Decimal
    items: list[PlanItemView]


class PlanView(BaseModel):
    """The plan of a cycle as a tree of two groups."""

    cycle: CycleView
    groups: list[GroupView]


def item_view(row: PlanRow) -> PlanItemView:
    """A row as its answer."""
    application, element = row.application, row.element
    return PlanItemView.model_validate(
        {
            **element.model_dump(),
            "plan_item_id": row.item.id,
            "application": application.model_dump() if application else None,
            "result": None if row.result_zet is None else {"zet": row.result_zet, "earned_on": row.earned_on},
            "status": item_status(
                element.kind,
                application_status=application.status if application else None,
                has_result=row.result_zet is not None,
            ),
        }
    )


def plan_view(
    cycle: CycleView, rows: Sequence[PlanRow], earned: dict[Component, Decimal], norm: Norm | None
) -> PlanView:
    """Rows in their groups; targets are those of the portal's norm."""
    targets = {
        Component.FORMAL: norm.min_formal if norm else NOTHING,
        Component.INFORMAL: norm.min_informal if norm else NOTHING,
    }
    groups = [
        GroupView(
            code=component,
            title=title,
            branch=BRANCHES[component],
            target_zet=targets[component],
            earned_zet=earned[component],
            items=[item_view(row) for row in rows if row.component is component],
        )
        for component, title in GROUP_TITLES.items()
    ]
    return PlanView(cycle=cycle, groups=groups)
