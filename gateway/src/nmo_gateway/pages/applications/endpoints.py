"""SCR-30, 37, 38: own applications, one application with its history, live status, withdrawing and deleting."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.applications import view
from nmo_gateway.pages.applications.lookup import PATH, application_by, names
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render, render_fragment
from nmo_gateway.pages.routing import Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
CONFLICT = 409
QUESTIONS = {
    "withdraw": (
        "Отозвать заявку?",
        "Организация больше не будет её рассматривать, место освободится. Подать новую заявку можно в любой день.",
        "Отозвать заявку",
    ),
    "delete": (
        "Удалить заявку?",
        "Заявка уйдёт из списка и из плана. Её можно будет увидеть среди удалённых.",
        "Удалить заявку",
    ),
}


@router.get("/cabinet/applications")
async def applications(
    request: Request, deleted: str | None = None, cursor: str | None = None, done: str | None = None
) -> Response:
    """SCR-37: own applications; the deleted ones by a link (APP-08)."""
    guard.specialist(request)
    params = {"limit": 25, "cursor": cursor, "deleted": "true" if deleted else None}
    found = await load(request, "applications", PATH, params)
    return await render(
        request,
        "pages/applications/list.html",
        title="Удалённые заявки" if deleted else "Заявки",
        menu="applications",
        found=found,
        lines=view.application_lines(found.items),
        deleted=bool(deleted),
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
        done=done,
    )


@router.get("/cabinet/applications/{reference}")
async def card(request: Request, reference: str, done: str | None = None) -> Response:
    """SCR-38: status, what to do, documents, form, history."""
    guard.specialist(request)
    return await _card(request, await application_by(request, reference), done=done)


async def _card(
    request: Request, application: dict[str, Any], *, done: str | None = None, problem: str | None = None
) -> Response:
    path = f"{PATH}/{application['application_id']}/history"
    history, (regions, specialties) = await asyncio.gather(
        load(request, "applications", path), names(request)
    )
    state = view.state(application)
    return await render(
        request,
        "pages/applications/card.html",
        title=f"Заявка {application['number']}",
        menu="applications",
        status=CONFLICT if problem else 200,
        application=application,
        state=state,
        rows=view.element_rows(application, specialties.get(application["specialty_key"])),
        form_rows=view.form_rows(application, regions),
        documents=view.documents(application),
        history=view.history(history.items),
        allowed=set(application.get("allowed") or []),
        filled=view.is_filled(application),
        done=done,
        problem=problem,
    )


@router.get("/cabinet/applications/{reference}/status")
async def status(request: Request, reference: str) -> Response:
    """The living block alone, for htmx."""
    guard.specialist(request)
    application = await application_by(request, reference)
    return render_fragment(
        request, "pages/applications/status.html", application=application, state=view.state(application)
    )


@router.get("/cabinet/applications/{reference}/{question}")
async def ask(request: Request, reference: str, question: str) -> Response:
    """Ask before withdrawing or deleting."""
    guard.specialist(request)
    if question not in QUESTIONS:
        raise Refused(404)
    application = await application_by(request, reference)
    if question not in (application.get("allowed") or []):
        return see(f"/cabinet/applications/{application['number']}")
    heading, words, button = QUESTIONS[question]
    return await render(
        request,
        "pages/applications/ask.html",
        title=heading,
        menu="applications",
        application=application,
        heading=heading,
        words=words,
        button=button,
        question=question,
        form=Form(),
    )


@router.post("/cabinet/applications/{reference}/withdraw")
async def withdraw(request: Request, reference: str) -> Response:
    """Withdraw the application (APP-06)."""
    guard.specialist(request)
    form = await read_form(request)
    application = await application_by(request, reference)
    path = f"{PATH}/{application['application_id']}/withdraw"
    try:
        await services_of(request).post("applications", path, idempotency_key=form.idempotency_key)
    except ServiceProblem as problem:
        if problem.status != CONFLICT:
            raise
        return await _card(request, await application_by(request, reference), problem=problem.detail)
    return see(f"/cabinet/applications/{application['number']}?done=withdrawn")


@router.post("/cabinet/applications/{reference}/delete")
async def delete(request: Request, reference: str) -> Response:
    """Delete softly: it stays among the deleted ones (APP-08)."""
    guard.specialist(request)
    application = await application_by(request, reference)
    try:
        await services_of(request).delete("applications", f"{PATH}/{application['application_id']}")
    except ServiceProblem as problem:
        if problem.status != CONFLICT:
            raise
        return await _card(request, await application_by(request, reference), problem=problem.detail)
    return see("/cabinet/applications?done=deleted")
