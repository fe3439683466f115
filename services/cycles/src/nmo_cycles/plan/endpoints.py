"""Routes of plans."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from nmo_cycles.cycles.errors import CycleClosed
from nmo_cycles.cycles.etags import etag
from nmo_cycles.cycles.queries import cycle_of
from nmo_cycles.cycles.schemas import cycle_view
from nmo_cycles.ledger.queries import entries_of, total
from nmo_cycles.norms.queries import all_norms
from nmo_cycles.norms.rules import Component, earned, portal_norm
from nmo_cycles.plan import queries, schemas
from nmo_cycles.plan.commands.choose import choose_element
from nmo_cycles.plan.commands.remove import remove_item
from nmo_cycles.plan.errors import (
    AlreadyInPlan,
    ElementOutsideCycle,
    ElementStarted,
    ElementUnavailable,
    PlanItemInUse,
    SpecialtyMismatch,
)
from nmo_cycles.reference.queries import successors
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems
from nmo_kit.idempotency import IdempotencyDep

router = APIRouter(prefix="/api/v1/cycles/{cycle_id}/plan", tags=["Индивидуальный план"])
_CHOOSING = problems(
    NotFound,
    CycleClosed,
    AlreadyInPlan,
    ElementUnavailable,
    SpecialtyMismatch,
    ElementStarted,
    ElementOutsideCycle,
)


@router.get("", responses=problems(NotFound))
@action("cycles.plan.read")
async def get_plan(
    cycle_id: UUID, session: ReadDep, viewer: CurrentPrincipal, response: Response
) -> schemas.PlanView:
    """План цикла: программы и мероприятия с заявками и результатами."""
    today = clock.today()
    cycle = await cycle_of(session, cycle_id, viewer=viewer)
    rows = await queries.plan_of(session, cycle.id)
    entries = await entries_of(session, cycle.id)
    credits_ = [entry.credit for entry in entries]
    response.headers["ETag"] = etag(cycle.version)
    return schemas.plan_view(
        cycle_view(
            cycle,
            total_zet=total(entries),
            today=today,
            successors=await successors(session, [cycle.specialty_key]),
        ),
        rows,
        {component: earned(credits_, component) for component in Component},
        portal_norm(await all_norms(session), today),
    )


@router.post("/items", status_code=201, responses=_CHOOSING)
@action("cycles.plan.edit")
async def add_item(
    cycle_id: UUID,
    body: schemas.ChooseElement,
    session: WriteDep,
    viewer: CurrentPrincipal,
    idempotency: IdempotencyDep,
) -> schemas.PlanItemView:
    """Выбрать элемент в план; по программе сразу формируется заявка."""

    async def work() -> schemas.PlanItemView:
        row = await choose_element(
            session, cycle_id, body.element_id, viewer=viewer, now=clock.now(), today=clock.today()
        )
        return schemas.item_view(row)

    return schemas.PlanItemView.model_validate(await idempotency.once(schemas.PlanItemView, work))


@router.delete("/items/{plan_item_id}", status_code=204, responses=problems(NotFound, PlanItemInUse))
@action("cycles.plan.edit")
async def drop_item(cycle_id: UUID, plan_item_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """Убрать элемент из плана, пока по нему ничего не подано."""
    await remove_item(session, cycle_id, plan_item_id, viewer=viewer, now=clock.now())
