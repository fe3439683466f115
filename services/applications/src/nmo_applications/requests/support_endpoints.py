"""Routes of support: the queue, taking, answering, changes decided by two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Response

from nmo_applications.deps import CipherDep, DatabaseDep, UpstreamsDep
from nmo_applications.requests import queries, schemas, views
from nmo_applications.requests.commands.answer import answer, close
from nmo_applications.requests.commands.decide import decide_change
from nmo_applications.requests.commands.move import must_hold
from nmo_applications.requests.commands.propose import propose_change
from nmo_applications.requests.commands.take import escalate, release, take
from nmo_applications.requests.endpoints import NO_STORE, NOTHING_TO_CHANGE, before_of, check_birth_date
from nmo_applications.requests.errors import (
    IllegalMove,
    OwnRequest,
    SecondApproverRequired,
    TakeFirst,
    TakenByAnother,
)
from nmo_applications.requests.rules import Status
from nmo_applications.requests.tables import SupportRequest
from nmo_applications.upstreams import RequestPerson, Upstreams
from nmo_kit import clock, journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.http import UpstreamUnavailable
from nmo_kit.paging import Page, encode_cursor

logger = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/v1/support/requests", tags=["support"])
HELD = problems(NotFound, IllegalMove, TakeFirst, TakenByAnother, OwnRequest)
PURPOSE = "support_request"


@router.get("", responses=problems())
@action("support.request.list")
async def list_queue(
    session: ReadDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    upstreams: UpstreamsDep,
    response: Response,
    part: Literal["new", "mine", "approval", "closed"] = "new",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[schemas.QueueItem]:
    """The queue, the earliest deadline first; who turned to support is hidden until the request is taken (ROL-04)."""
    response.headers.update(NO_STORE)
    found = await queries.queue(session, viewer=viewer, part=part, after=before_of(cursor), limit=limit + 1)
    page, now = found[:limit], clock.now()
    names = await _names(upstreams, page, viewer_id=viewer.person_id)
    return Page(
        items=[
            views.queue_item(row, names.get(row.person_id or row.id), viewer=viewer, cipher=cipher, now=now)
            for row in page
        ],
        next_cursor=encode_cursor({"before": str(page[-1].id)}) if len(found) > limit else None,
    )


@router.get("/counts", responses=problems())
@action("support.request.list")
async def counts(session: ReadDep, viewer: CurrentPrincipal) -> schemas.QueueCounts:
    """How much there is in each part of the queue."""
    return schemas.QueueCounts(**await queries.queue_counts(session, viewer=viewer))


@dataclass(slots=True)
class Desk:
    """What every act of an employee needs: who, in which transaction, and how its outcome is shown."""

    session: WriteDep
    viewer: CurrentPrincipal
    cipher: CipherDep
    upstreams: UpstreamsDep

    async def show(self, row: SupportRequest) -> schemas.WorkView:
        """The request with the person's data; the look is journalled here and, for the person, by identity (AUD-03)."""
        await self.session.flush()
        person = await _person(self.upstreams, row)
        await journal.record(
            self.session,
            actor=self.viewer,
            action="support.request.read",
            object_=f"request/{row.number}",
            person_id=row.person_id,
            purpose=PURPOSE,
            fields=[] if person is None else sorted(RequestPerson.model_fields),
        )
        return await views.work_view(
            self.session, row, person, viewer=self.viewer, cipher=self.cipher, now=clock.now()
        )


DeskDep = Annotated[Desk, Depends()]


@router.get("/{request_id}", responses=problems(NotFound, TakeFirst, TakenByAnother, OwnRequest))
@action("support.request.read")
async def read(request_id: UUID, desk: DeskDep, response: Response) -> schemas.WorkView:
    """One request with who it is from: for the employee who took it, and for the second one of a proposed change."""
    response.headers.update(NO_STORE)
    row = await queries.any_request(desk.session, request_id)
    if row.status is not Status.PROPOSED or row.person_id == desk.viewer.person_id:
        must_hold(row, desk.viewer)
    return await desk.show(row)


@router.post("/{request_id}/take", responses=HELD)
@action("support.request.take")
async def take_it(request_id: UUID, desk: DeskDep) -> schemas.WorkView:
    """Take a request before acting on it."""
    return await desk.show(await take(desk.session, request_id, by=desk.viewer, now=clock.now()))


@router.post("/{request_id}/release", status_code=204, responses=HELD)
@action("support.request.release")
async def give_back(request_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """Give it back to the queue."""
    await release(session, request_id, by=viewer, now=clock.now())


@router.post("/{request_id}/escalate", status_code=204, responses=HELD)
@action("support.request.escalate")
async def hand_on(
    request_id: UUID, body: schemas.Said, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Hand it to the next line."""
    await escalate(session, request_id, body.text, by=viewer, cipher=cipher, now=clock.now())


@router.post("/{request_id}/answer", responses=HELD)
@action("support.request.answer")
async def write(request_id: UUID, body: schemas.Answer, desk: DeskDep) -> schemas.WorkView:
    """Answer the person."""
    row = await answer(
        desk.session,
        request_id,
        body.text,
        asks_documents=body.asks_documents,
        by=desk.viewer,
        cipher=desk.cipher,
        now=clock.now(),
    )
    return await desk.show(row)


@router.post("/{request_id}/close", responses=HELD)
@action("support.request.close")
async def finish(request_id: UUID, body: schemas.Said, desk: DeskDep) -> schemas.WorkView:
    """Answer and close; a request to change data is rejected by it."""
    row = await close(
        desk.session, request_id, body.text, by=desk.viewer, cipher=desk.cipher, now=clock.now()
    )
    return await desk.show(row)


@router.post("/{request_id}/proposal", responses=HELD)
@action("support.change.propose")
async def propose(request_id: UUID, body: schemas.Proposal, desk: DeskDep) -> schemas.WorkView:
    """Propose new values; another employee decides (REG-04, P12)."""
    values = body.values.given
    if not values:
        raise FieldProblem([FieldError(pointer="/values", code="required", message=NOTHING_TO_CHANGE)])
    check_birth_date(body.values)
    row = await propose_change(
        desk.session, request_id, values, body.text, by=desk.viewer, cipher=desk.cipher, now=clock.now()
    )
    return await desk.show(row)


@router.post(
    "/{request_id}/decision",
    status_code=204,
    responses=problems(NotFound, IllegalMove, OwnRequest, SecondApproverRequired),
)
@action("support.change.decide")
async def decide(
    request_id: UUID, body: schemas.Decision, db: DatabaseDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Approve or reject a change somebody else proposed."""
    await decide_change(
        db, request_id, approve=body.approve, words=body.text, by=viewer, cipher=cipher, now=clock.now()
    )


async def _person(upstreams: Upstreams, row: SupportRequest) -> RequestPerson | None:
    """Who turned to support; None for a guest, and while identity does not answer."""
    if row.person_id is None:
        return None
    try:
        return await upstreams.request_person(row.person_id)
    except (UpstreamUnavailable, NotFound):
        logger.warning("request_without_person")
        return None


async def _names(upstreams: Upstreams, page: Sequence[SupportRequest], *, viewer_id: UUID) -> dict[UUID, str]:
    """Names of those whose requests the viewer has taken; without identity none."""
    people = [row.person_id for row in page if row.taken_by == viewer_id and row.person_id is not None]
    try:
        return await upstreams.request_names(people)
    except UpstreamUnavailable:
        logger.warning("queue_without_names")
        return {}
