"""SCR-47: the queue of applications, one application, decisions, results (APP-05, ROL-03)."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages import guard
from nmo_gateway.pages.applications import view as application_view
from nmo_gateway.pages.applications.lookup import names
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.edu import view
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.clock import today

router = page_router()
PATH = "/api/v1/organization/applications"
PAGE = "/edu/applications"
REFUSED = {409, 412, 422}
DONE = {
    "confirm": "Заявка одобрена. Цикл специалиста подтверждён вместе с ней.",
    "reject": "Заявка отклонена",
    "request-documents": "Запрос отправлен специалисту",
    "enrol": "Специалист зачислен",
    "complete": "Результат внесён",
}
WRITINGS = {
    "reject": (
        "reason",
        "Отклонить заявку",
        "Причина отказа",
        "Её прочитает специалист",
        "Введите причину отказа",
    ),
    "request-documents": (
        "message",
        "Запросить документы",
        "Какие документы нужны",
        "Это сообщение прочитает специалист",
        "Введите, какие документы нужны",
    ),
}


@router.get("/edu")
async def start(request: Request) -> Response:
    """The work place begins with its queue."""
    guard.organisation(request)
    raise Redirect(PAGE)


@router.get(PAGE)
async def queue(request: Request, status: str = "", q: str = "", cursor: str | None = None) -> Response:
    """Applications sent to the organisation, filtered by status and words."""
    guard.organisation(request)
    status = status if status in view.FILTERS else ""
    params = {"status": status or None, "q": q or None, "limit": 25, "cursor": cursor}
    found = await load(request, "applications", PATH, params)
    return await render(
        request,
        "pages/edu/queue.html",
        title="Заявки на обучение",
        menu="edu",
        found=found,
        lines=view.queue_lines(found.items),
        filters=view.FILTERS,
        chosen=status,
        form=Form(values={"q": q}),
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
    )


async def _by(request: Request, reference: str) -> dict[str, Any]:
    """One application by number or id; the reading is journalled by the service."""
    services = services_of(request)
    try:
        application_id = str(UUID(reference))
    except ValueError:
        page = await services.get("applications", PATH, params={"q": reference, "limit": 10})
        same = [item for item in page["items"] if item["number"] == reference]
        if not same:
            raise Refused(404) from None
        application_id = same[0]["application_id"]
    found: dict[str, Any] = await services.get("applications", f"{PATH}/{application_id}")
    return found


@router.get(f"{PAGE}/{{reference}}")
async def card(request: Request, reference: str, done: str | None = None) -> Response:
    """One application: who, what, the decision."""
    guard.organisation(request)
    return await _card(request, await _by(request, reference), done=done)


async def _card(
    request: Request, application: dict[str, Any], *, done: str | None = None, problem: str | None = None
) -> Response:
    history, (regions, specialties) = await asyncio.gather(
        load(request, "applications", f"{PATH}/{application['application_id']}/history", absent_ok=True),
        names(request),
    )
    return await render(
        request,
        "pages/edu/card.html",
        title=f"Заявка {application['number']}",
        menu="edu",
        status=409 if problem else 200,
        application=application,
        state_word=texts.APPLICATION_FOR_ORGANISATION.get(application["status"], application_view.UNKNOWN),
        seat=view.SEAT_WORDS.get(application.get("seat") or "none"),
        actions=view.actions(application),
        applicant=view.applicant_rows(application),
        rows=application_view.element_rows(application, specialties.get(application["specialty_key"])),
        form_rows=application_view.form_rows(application, regions),
        history=application_view.history(history.items, for_organisation=True),
        form=Form(),
        done=DONE.get(done or ""),
        problem=problem,
    )


async def _post(request: Request, application: dict[str, Any], move: str, body: Any, key: str) -> Response:
    path = f"{PATH}/{application['application_id']}/{move}"
    await services_of(request).post("applications", path, body, idempotency_key=key)
    return see(f"{PAGE}/{application['number']}?done={move}")


@router.post(f"{PAGE}/{{reference}}/confirm")
async def confirm(request: Request, reference: str) -> Response:
    """Confirm the application and, with it, the cycle (CYC-05)."""
    return await _press(request, reference, "confirm")


@router.post(f"{PAGE}/{{reference}}/enrol")
async def enrol(request: Request, reference: str) -> Response:
    """Enrol the person."""
    return await _press(request, reference, "enrol")


async def _press(request: Request, reference: str, move: str) -> Response:
    guard.organisation(request)
    form = await read_form(request)
    application = await _by(request, reference)
    try:
        return await _post(request, application, move, None, form.idempotency_key)
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _card(request, await _by(request, reference), problem=problem.detail)


@router.get(f"{PAGE}/{{reference}}/complete")
async def ask_result(request: Request, reference: str) -> Response:
    """The form of the result."""
    guard.organisation(request)
    application = await _by(request, reference)
    if "complete" not in (application.get("allowed") or []):
        raise Redirect(f"{PAGE}/{application['number']}")
    ends_on = texts.as_date(application["element"].get("ends_on"))
    values = {"completed_on": texts.day(ends_on) if ends_on and ends_on <= today() else ""}
    return await _result(request, application, Form(values=values))


async def _result(request: Request, application: dict[str, Any], form: Form) -> Response:
    return await render(
        request,
        "pages/edu/result.html",
        title="Внести результат",
        menu="edu",
        status=form.status,
        application=application,
        form=form,
    )


@router.post(f"{PAGE}/{{reference}}/complete")
async def complete(request: Request, reference: str) -> Response:
    """Enter the result; a passed programme is credited in the ledger."""
    guard.organisation(request)
    form = await read_form(request)
    application = await _by(request, reference)
    body = view.read_result(form, today=today())
    if body is None:
        return await _result(request, application, form)
    try:
        return await _post(request, application, "complete", body, form.idempotency_key)
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.take(problem, {name: name for name in ("completed_on", "certificate_number", "passed")})
        return await _result(request, application, form)


@router.get(f"{PAGE}/{{reference}}/{{move}}")
async def ask_words(request: Request, reference: str, move: str) -> Response:
    """The form of a decision that needs words: rejection, request for documents."""
    guard.organisation(request)
    if move not in WRITINGS:
        raise Refused(404)
    application = await _by(request, reference)
    if move.replace("-", "_") not in (application.get("allowed") or []):
        raise Redirect(f"{PAGE}/{application['number']}")
    return await _words(request, application, move, Form())


async def _words(request: Request, application: dict[str, Any], move: str, form: Form) -> Response:
    name, heading, label, hint, _ = WRITINGS[move]
    return await render(
        request,
        "pages/edu/words.html",
        title=heading,
        menu="edu",
        status=form.status,
        application=application,
        form=form,
        move=move,
        name=name,
        heading=heading,
        label=label,
        hint=hint,
    )


@router.post(f"{PAGE}/{{reference}}/{{move}}")
async def decide(request: Request, reference: str, move: str) -> Response:
    """Reject with a reason, or ask for documents."""
    guard.organisation(request)
    if move not in WRITINGS:
        raise Refused(404)
    form = await read_form(request)
    application = await _by(request, reference)
    name, *_, missing = WRITINGS[move]
    if not form.get(name):
        form.add(name, missing)
        return await _words(request, application, move, form)
    try:
        return await _post(request, application, move, {name: form.get(name)}, form.idempotency_key)
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.take(problem, {name: name})
        return await _words(request, application, move, form)
