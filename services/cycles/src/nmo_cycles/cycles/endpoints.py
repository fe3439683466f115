"""Routes of cycles."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Response

from nmo_cycles.cycles import queries, schemas
from nmo_cycles.cycles.commands.delete import delete_cycle
from nmo_cycles.cycles.commands.edit import prefer_organization
from nmo_cycles.cycles.commands.open import Opening, open_from_register, open_typed
from nmo_cycles.cycles.errors import (
    CycleInUse,
    CycleOverlaps,
    DocumentGone,
    DocumentTaken,
    ImmutableField,
    QuestionnaireRequired,
    StaleVersion,
)
from nmo_cycles.cycles.etags import ExpectedVersion, etag
from nmo_cycles.cycles.offers import offer_view
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.queries import documents_of, newest_by_specialty, own_documents_of
from nmo_cycles.reference.queries import successors
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, ReadSession, WriteDep, WriteSession
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.idempotency import IdempotencyDep
from nmo_kit.principal import Principal

router = APIRouter(prefix="/api/v1/cycles", tags=["Пятилетние циклы"])


@router.get("", responses=problems())
@action("cycles.cycle.read")
async def list_cycles(session: ReadDep, viewer: CurrentPrincipal) -> schemas.CycleList:
    """Свои циклы, последние сверху."""
    cycles = await queries.cycles_of(session, viewer=viewer)
    totals = await queries.totals(session, cycles)
    became = await successors(session, [cycle.specialty_key for cycle in cycles])
    today = clock.today()
    items = [
        schemas.cycle_view(cycle, total_zet=totals[cycle.id], today=today, successors=became)
        for cycle in cycles
    ]
    return schemas.CycleList(items=items, next_cursor=None)


async def _view(session: ReadSession, cycle: Cycle, total_zet: Decimal) -> schemas.CycleView:
    became = await successors(session, [cycle.specialty_key])
    return schemas.cycle_view(cycle, total_zet=total_zet, today=clock.today(), successors=became)


@router.get("/offers", responses=problems())
@action("cycles.cycle.read")
async def list_offers(session: ReadDep, viewer: CurrentPrincipal) -> schemas.OfferList:
    """Готовые циклы по документам регистра и по документам, которые вы добавили сами."""
    own = await own_documents_of(session, viewer=viewer)
    documents = newest_by_specialty([*await documents_of(session, viewer=viewer), *own])
    cycles = await queries.cycles_of(session, viewer=viewer)
    became = await successors(session, [cycle.specialty_key for cycle in cycles])
    items = [offer_view(document, cycles, today=clock.today(), successors=became) for document in documents]
    return schemas.OfferList(items=items, next_cursor=None)


@router.post(
    "",
    status_code=201,
    responses=problems(NotFound, CycleOverlaps, DocumentGone, DocumentTaken, QuestionnaireRequired),
)
@action("cycles.cycle.open")
async def open_cycle(
    body: schemas.OpenCycle,
    session: WriteDep,
    viewer: CurrentPrincipal,
    idempotency: IdempotencyDep,
    response: Response,
) -> schemas.CycleView:
    """Открыть цикл по документу регистра или по введённым данным."""

    async def work() -> schemas.CycleView:
        cycle = await _open(session, body, viewer)
        return await _view(session, cycle, queries.NOTHING)

    view = schemas.CycleView.model_validate(await idempotency.once(schemas.CycleView, work))
    response.headers["ETag"] = etag(view.version)
    response.headers["Location"] = f"/api/v1/cycles/{view.cycle_id}"
    return view


async def _open(session: WriteSession, body: schemas.OpenCycle, viewer: Principal) -> Cycle:
    opening = Opening(viewer, body.preferred_organization_id, clock.now(), clock.today())
    if body.document_id is not None:
        return await open_from_register(session, body.document_id, opening)
    if body.specialty_key is None or body.document is None:
        raise FieldProblem([])  # the schema lets no such body through
    return await open_typed(session, body.specialty_key, body.document.as_document(), opening)


@router.get("/{cycle_id}", responses=problems(NotFound))
@action("cycles.cycle.read")
async def get_cycle(
    cycle_id: UUID, session: ReadDep, viewer: CurrentPrincipal, response: Response
) -> schemas.CycleView:
    """Один свой цикл."""
    cycle = await queries.cycle_of(session, cycle_id, viewer=viewer)
    totals = await queries.totals(session, [cycle])
    response.headers["ETag"] = etag(cycle.version)
    return await _view(session, cycle, totals[cycle.id])


@router.patch("/{cycle_id}", responses=problems(NotFound, ImmutableField, StaleVersion))
@action("cycles.cycle.edit")
async def edit_cycle(
    cycle_id: UUID,
    body: schemas.EditCycle,
    session: WriteDep,
    viewer: CurrentPrincipal,
    expected: ExpectedVersion,
    response: Response,
) -> schemas.CycleView:
    """Сменить приоритетную организацию."""
    if body.model_extra:
        raise ImmutableField(sorted(body.model_extra))
    if "preferred_organization_id" not in body.model_fields_set:
        message = "Выберите организацию"
        raise FieldProblem(
            [FieldError(pointer="/preferred_organization_id", code="missing", message=message)]
        )
    cycle = await prefer_organization(
        session, cycle_id, body.preferred_organization_id, expected_version=expected, viewer=viewer
    )
    totals = await queries.totals(session, [cycle])
    response.headers["ETag"] = etag(cycle.version)
    return await _view(session, cycle, totals[cycle.id])


@router.delete("/{cycle_id}", status_code=204, responses=problems(NotFound, CycleInUse))
@action("cycles.cycle.delete")
async def remove_cycle(cycle_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """Удалить пустой цикл."""
    await delete_cycle(session, cycle_id, viewer=viewer)
