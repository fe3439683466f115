"""Routes of the person's own applications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from nmo_applications.deps import CipherDep, UpstreamsDep
from nmo_applications.enrolment import queries, schemas
from nmo_applications.enrolment.commands.edit import edit_form
from nmo_applications.enrolment.commands.remove import remove_own_application
from nmo_applications.enrolment.commands.submit import submit_application
from nmo_applications.enrolment.commands.withdraw import withdraw_application
from nmo_applications.enrolment.errors import IllegalMove, StaleVersion
from nmo_applications.enrolment.etags import ExpectedVersion, etag
from nmo_applications.enrolment.pages import before_of, cursor_of
from nmo_applications.enrolment.prefill import employments_for, employments_view
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems
from nmo_kit.http import UpstreamUnavailable
from nmo_kit.idempotency import IdempotencyDep
from nmo_kit.paging import Page

router = APIRouter(prefix="/api/v1/applications", tags=["applications"])
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("", response_model=Page[schemas.ApplicationView], responses=problems())
@action("applications.application.list")
async def list_applications(
    session: ReadDep,
    viewer: CurrentPrincipal,
    plan_item_id: UUID | None = None,
    cycle_id: UUID | None = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    deleted: bool = False,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[schemas.ApplicationView]:
    """Own applications, newest first; `deleted=true` lists the deleted ones instead."""
    found = await queries.own_applications(
        session,
        viewer=viewer,
        deleted=deleted,
        plan_item_id=plan_item_id,
        cycle_id=cycle_id,
        number=number,
        before=before_of(cursor),
        limit=limit + 1,
    )
    return Page(
        items=[schemas.application_view(viewed) for viewed in found[:limit]],
        next_cursor=cursor_of(found, limit),
    )


@router.get("/{application_id}", responses=problems(NotFound))
@action("applications.application.read")
async def read_application(
    application_id: UUID, session: ReadDep, viewer: CurrentPrincipal, response: Response
) -> schemas.ApplicationView:
    """One own application."""
    viewed = await queries.own_application(session, application_id, viewer=viewer)
    response.headers["ETag"] = etag(viewed.row.version)
    return schemas.application_view(viewed)


@router.get("/{application_id}/employments", responses=problems(NotFound, UpstreamUnavailable))
@action("applications.employment.read")
async def read_employments(
    application_id: UUID, session: ReadDep, viewer: CurrentPrincipal, upstreams: UpstreamsDep
) -> schemas.EmploymentsView:
    """Present employments in the register, and the form they suggest (APP-02)."""
    viewed = await queries.own_application(session, application_id, viewer=viewer)
    return employments_view(viewed, await upstreams.employments(viewer))


@router.patch(
    "/{application_id}", responses=problems(NotFound, IllegalMove, StaleVersion, UpstreamUnavailable)
)
@action("applications.application.edit")
async def edit_application(
    application_id: UUID,
    body: schemas.FormPatch,
    reading: ReadDep,
    session: WriteDep,
    viewer: CurrentPrincipal,
    upstreams: UpstreamsDep,
    expected: ExpectedVersion,
    response: Response,
) -> schemas.ApplicationView:
    """Save the form. Hidden fields are emptied; the answer holds what was saved."""
    changes = body.model_dump(exclude_unset=True)
    present = await queries.own_application(reading, application_id, viewer=viewer)
    viewed = await edit_form(
        session,
        application_id,
        changes,
        viewer=viewer,
        employments=await employments_for(present.row.form, changes, viewer=viewer, upstreams=upstreams),
        expected_version=expected,
        now=clock.now(),
    )
    response.headers["ETag"] = etag(viewed.row.version)
    return schemas.application_view(viewed)


@router.post(
    "/{application_id}/submit", responses=problems(NotFound, IllegalMove, StaleVersion, UpstreamUnavailable)
)
@action("applications.application.submit")
async def submit(
    application_id: UUID,
    reading: ReadDep,
    session: WriteDep,
    viewer: CurrentPrincipal,
    upstreams: UpstreamsDep,
    cipher: CipherDep,
    expected: ExpectedVersion,
    idempotency: IdempotencyDep,
) -> schemas.ApplicationView:
    """Submit; the applicant's proven data are frozen with it."""
    present = await queries.own_application(reading, application_id, viewer=viewer)
    applicant = await upstreams.applicant(viewer.person_id)
    employments = await employments_for(present.row.form, {}, viewer=viewer, upstreams=upstreams)

    async def work() -> schemas.ApplicationView:
        viewed = await submit_application(
            session,
            application_id,
            viewer=viewer,
            applicant=applicant,
            employments=employments,
            cipher=cipher,
            expected_version=expected,
            now=clock.now(),
        )
        return schemas.application_view(viewed)

    return schemas.ApplicationView.model_validate(await idempotency.once(schemas.ApplicationView, work))


@router.post("/{application_id}/withdraw", responses=problems(NotFound, IllegalMove))
@action("applications.application.withdraw")
async def withdraw(
    application_id: UUID,
    session: WriteDep,
    viewer: CurrentPrincipal,
    idempotency: IdempotencyDep,
    body: schemas.Withdrawal | None = None,
) -> schemas.ApplicationView:
    """Take the application back before enrolment."""
    reason = body.reason if body else None

    async def work() -> schemas.ApplicationView:
        viewed = await withdraw_application(
            session, application_id, viewer=viewer, reason=reason, now=clock.now()
        )
        return schemas.application_view(viewed)

    return schemas.ApplicationView.model_validate(await idempotency.once(schemas.ApplicationView, work))


@router.delete("/{application_id}", status_code=204, responses=problems(NotFound, IllegalMove))
@action("applications.application.delete")
async def delete(application_id: UUID, session: WriteDep, viewer: CurrentPrincipal) -> None:
    """Delete; it stays readable under `deleted=true`."""
    await remove_own_application(session, application_id, viewer=viewer, now=clock.now())


@router.get("/{application_id}/history", responses=problems(NotFound))
@action("applications.history.read")
async def read_history(
    application_id: UUID, session: ReadDep, viewer: CurrentPrincipal
) -> schemas.HistoryView:
    """Every move with its time, capacity and reason."""
    viewed = await queries.own_application(session, application_id, viewer=viewer)
    return schemas.history_view(await queries.history(session, viewed.row.id))
