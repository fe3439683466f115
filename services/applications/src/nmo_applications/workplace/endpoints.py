"""Routes of the educational organisation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Body, Depends, Query

from nmo_applications.deps import CipherDep, UpstreamsDep
from nmo_applications.enrolment import queries
from nmo_applications.enrolment import schemas as enrolment_schemas
from nmo_applications.enrolment.applicant import frozen
from nmo_applications.enrolment.errors import ApplicantHidden, IllegalMove, SeatPending
from nmo_applications.enrolment.pages import before_of, cursor_of
from nmo_applications.enrolment.queries import Viewed
from nmo_applications.enrolment.rules import Action, Actor, Status
from nmo_applications.upstreams import Upstreams
from nmo_applications.workplace import schemas
from nmo_applications.workplace.commands.decide import decide
from nmo_applications.workplace.commands.record_result import record_result
from nmo_applications.workplace.commands.record_results import record_results
from nmo_applications.workplace.results_rules import FileFaultError, read_results
from nmo_contracts.purposes import ORGANISATION
from nmo_kit import clock, journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import among, is_withdrawn
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.http import UpstreamUnavailable
from nmo_kit.idempotency import IdempotencyDep
from nmo_kit.paging import Page

logger = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/v1/organization/applications", tags=["organization"])
RESULTS_PATH = "/api/v1/organization/results"
MOST_BYTES = 1024 * 1024
"""The largest file of results; what is larger than other requests may be is read for it."""
results_router = APIRouter(prefix=RESULTS_PATH, tags=["organization"])
MOVE = problems(NotFound, IllegalMove, ApplicantHidden)
CSV = "text/csv"


@router.get("", response_model=Page[schemas.QueueItem], responses=problems())
@action("organization.application.list")
async def list_queue(
    session: ReadDep,
    viewer: CurrentPrincipal,
    upstreams: UpstreamsDep,
    status: Status | None = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[schemas.QueueItem]:
    """Applications submitted to the organisation, newest first."""
    found = await queries.queue(
        session, viewer=viewer, status=status, search=q, before=before_of(cursor), limit=limit + 1
    )
    page = found[:limit]
    hidden = await among(session, [viewed.row.person_id for viewed in page], ORGANISATION, granted=False)
    names = await _names(upstreams, [viewed for viewed in page if viewed.row.person_id not in hidden])
    return Page(
        items=[
            schemas.queue_item(viewed, names.get(viewed.row.person_id), hidden=viewed.row.person_id in hidden)
            for viewed in page
        ],
        next_cursor=cursor_of(found, limit),
    )


@router.get("/{application_id}", responses=problems(NotFound))
@action("organization.application.read")
async def read_submitted(
    application_id: UUID, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> schemas.SubmittedApplication:
    """One application with the applicant's frozen data; the reading is journalled."""
    viewed = await queries.submitted_application(session, application_id, viewer=viewer)
    hidden = await is_withdrawn(session, viewed.row.person_id, ORGANISATION)
    await journal.record(
        session,
        actor=viewer,
        action="organization.application.read",
        object_=f"application/{application_id}",
        person_id=viewed.row.person_id,
        purpose="application_decision",
        fields=[] if hidden else ["full_name", "snils"],
    )
    return schemas.submitted(viewed, frozen(viewed.row, cipher), hidden=hidden)


@router.get("/{application_id}/history", responses=problems(NotFound))
@action("organization.history.read")
async def read_history(
    application_id: UUID, session: ReadDep, viewer: CurrentPrincipal
) -> enrolment_schemas.HistoryView:
    """Every move with its time, capacity and reason."""
    viewed = await queries.submitted_application(session, application_id, viewer=viewer)
    return enrolment_schemas.history_view(await queries.history(session, viewed.row.id))


@dataclass(slots=True)
class Mover:
    """What every decision needs: who, in which transaction, under which key."""

    session: WriteDep
    viewer: CurrentPrincipal
    cipher: CipherDep
    idempotency: IdempotencyDep

    async def answer(
        self, application_id: UUID, work: Callable[[], Awaitable[Viewed]]
    ) -> schemas.SubmittedApplication:
        """Do it once; the applicant's data join the answer afterwards and are never kept with the key."""

        async def view() -> enrolment_schemas.ApplicationView:
            return enrolment_schemas.application_view(await work(), actor=Actor.ORGANIZATION)

        done = await self.idempotency.once(enrolment_schemas.ApplicationView, view)
        found = await queries.submitted_application(self.session, application_id, viewer=self.viewer)
        return schemas.with_applicant(
            enrolment_schemas.ApplicationView.model_validate(done),
            frozen(found.row, self.cipher),
            hidden=await is_withdrawn(self.session, found.row.person_id, ORGANISATION),
        )

    async def decide(
        self, application_id: UUID, act: Action, reason: str | None = None
    ) -> schemas.SubmittedApplication:
        """One decision, once per key."""

        async def work() -> Viewed:
            return await decide(
                self.session, application_id, act, viewer=self.viewer, now=clock.now(), reason=reason
            )

        return await self.answer(application_id, work)


MoverDep = Annotated[Mover, Depends()]


@router.post(
    "/{application_id}/confirm", responses=problems(NotFound, IllegalMove, SeatPending, ApplicantHidden)
)
@action("organization.application.confirm")
async def confirm(application_id: UUID, mover: MoverDep) -> schemas.SubmittedApplication:
    """Confirm; the cycle is confirmed with it."""
    return await mover.decide(application_id, Action.CONFIRM)


@router.post("/{application_id}/reject", responses=MOVE)
@action("organization.application.reject")
async def reject(
    application_id: UUID, body: schemas.Rejection, mover: MoverDep
) -> schemas.SubmittedApplication:
    """Reject with a reason that the person reads."""
    return await mover.decide(application_id, Action.REJECT, body.reason)


@router.post("/{application_id}/request-documents", responses=MOVE)
@action("organization.application.request_documents")
async def request_documents(
    application_id: UUID, body: schemas.DocumentsRequest, mover: MoverDep
) -> schemas.SubmittedApplication:
    """Ask for documents; the person may change the form and submit again."""
    return await mover.decide(application_id, Action.REQUEST_DOCUMENTS, body.message)


@router.post("/{application_id}/enrol", responses=MOVE)
@action("organization.application.enrol")
async def enrol(application_id: UUID, mover: MoverDep) -> schemas.SubmittedApplication:
    """Enrol a confirmed applicant."""
    return await mover.decide(application_id, Action.ENROL)


@router.post("/{application_id}/complete", responses=MOVE)
@action("organization.application.complete")
async def complete(
    application_id: UUID, body: schemas.Result, mover: MoverDep
) -> schemas.SubmittedApplication:
    """Enter the result; a passed programme is credited in the ledger."""

    async def work() -> Viewed:
        return await record_result(
            mover.session,
            application_id,
            viewer=mover.viewer,
            passed=body.passed,
            completed_on=body.completed_on,
            certificate_number=body.certificate_number,
            now=clock.now(),
            today=clock.today(),
        )

    return await mover.answer(application_id, work)


@results_router.post("", responses=problems())
@action("organization.results.enter")
async def enter_results(
    body: Annotated[bytes, Body(media_type=CSV)], session: WriteDep, viewer: CurrentPrincipal
) -> schemas.ResultsView:
    """Results by file: CSV with «Номер заявки», «Результат», «Дата окончания», «Номер удостоверения»."""
    try:
        rows = read_results(body)
    except FileFaultError as fault:
        raise FieldProblem([FieldError(pointer="", code="file", message=str(fault))]) from fault
    lines = await record_results(session, rows, viewer=viewer, now=clock.now(), today=clock.today())
    accepted = sum(line.accepted for line in lines)
    return schemas.ResultsView(
        accepted=accepted,
        refused=len(lines) - accepted,
        items=[schemas.ResultLine.model_validate(line, from_attributes=True) for line in lines],
    )


async def _names(upstreams: Upstreams, page: list[Viewed]) -> dict[UUID, str]:
    """Names for one page; without identity the queue is shown with none."""
    try:
        return await upstreams.short_names(viewed.row.person_id for viewed in page)
    except UpstreamUnavailable:
        logger.warning("queue_without_names")
        return {}
