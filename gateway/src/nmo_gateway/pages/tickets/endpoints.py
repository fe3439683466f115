"""«Мои обращения»: the list, a new request, one request with its thread (SUP-01)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Refused, page_router, see
from nmo_gateway.pages.tickets import view
from nmo_gateway.service_errors import ServiceError, ServiceProblem

router = page_router()
PATH = "/api/v1/requests"
PAGE = view.PAGE
REFUSED = {409, 422}
DONE = {
    "opened": "Обращение отправлено",
    "sent": "Сообщение отправлено",
    "withdrawn": "Обращение закрыто",
}


@router.get(PAGE)
async def list_own(request: Request, cursor: str | None = None) -> Response:
    """SCR-44: own requests, newest first."""
    guard.signed_in(request)
    found = await load(request, "applications", PATH, {"limit": 25, "cursor": cursor})
    return await render(
        request,
        "pages/tickets/list.html",
        title="Мои обращения",
        menu="tickets",
        found=found,
        lines=view.lines(found.items),
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
    )


@router.get(f"{PAGE}/new")
async def choose(request: Request, code: str = "", at: str = "") -> Response:
    """SCR-43: what it is about."""
    guard.signed_in(request)
    return await render(
        request,
        "pages/tickets/choose.html",
        title="Новое обращение",
        menu="tickets",
        kinds=view.KINDS,
        query=f"?code={code[:64]}&at={at[:40]}" if code.replace("-", "").isalnum() else "",
    )


@router.get(f"{PAGE}/new/{{kind}}")
async def new(request: Request, kind: str) -> Response:
    """SCR-43: the form; topic, code and time are filled in where they are known."""
    guard.signed_in(request)
    if kind not in view.KINDS:
        raise Refused(404)
    return await _form(
        request, kind, Form(values=view.first_values(kind, request.query_params, await _me(request)))
    )


@router.post(f"{PAGE}/new/{{kind}}")
async def open_new(request: Request, kind: str) -> Response:
    """Send it; one that is already open about the same is shown instead of a second."""
    guard.signed_in(request)
    if kind not in view.KINDS:
        raise Refused(404)
    form = await read_form(request)
    body = view.read_open(form, kind)
    if body is None:
        return await _form(request, kind, form)
    try:
        opened = await services_of(request).post(
            "applications", PATH, body, idempotency_key=form.idempotency_key
        )
    except ServiceProblem as problem:
        if problem.code == "already_open":
            return see(f"{PAGE}/{problem.problem['request_id']}?done=already")
        if problem.status not in REFUSED:
            raise
        form.take(problem)
        return await _form(request, kind, form)
    return see(f"{PAGE}/{opened['request_id']}?done=opened")


@router.get(f"{PAGE}/{{request_id}}")
async def card(request: Request, request_id: str, done: str | None = None) -> Response:
    """One request: number, status, by when support answers, the thread."""
    guard.signed_in(request)
    found = await services_of(request).get("applications", f"{PATH}/{request_id}")
    return await _card(request, found, Form(), done=done)


@router.post(f"{PAGE}/{{request_id}}/messages")
async def write(request: Request, request_id: str) -> Response:
    """Write on."""
    guard.signed_in(request)
    form = await read_form(request)
    view.check_text(form, "text", "Сообщение")
    services = services_of(request)
    if not form.errors:
        try:
            await services.post("applications", f"{PATH}/{request_id}/messages", {"text": form.get("text")})
            return see(f"{PAGE}/{request_id}?done=sent")
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            form.take(problem)
    found = await services.get("applications", f"{PATH}/{request_id}")
    return await _card(request, found, form)


@router.post(f"{PAGE}/{{request_id}}/withdraw")
async def withdraw(request: Request, request_id: str) -> Response:
    """It is needed no longer."""
    guard.signed_in(request)
    await services_of(request).post("applications", f"{PATH}/{request_id}/withdraw")
    return see(f"{PAGE}/{request_id}?done=withdrawn")


async def _me(request: Request) -> dict[str, Any] | None:
    """Who asks, for what the form knows already; the form opens without it too."""
    try:
        found: dict[str, Any] = await services_of(request).get("identity", "/api/v1/me")
    except ServiceError:
        return None
    return found


async def _form(request: Request, kind: str, form: Form) -> Response:
    return await render(
        request,
        "pages/tickets/new.html",
        title=view.KINDS[kind].title,
        menu="tickets",
        status=form.status,
        form=form,
        kind=kind,
        words=view.KINDS[kind],
        fields=view.FIELDS if kind == "data_change" else {},
    )


async def _card(request: Request, found: dict[str, Any], form: Form, *, done: str | None = None) -> Response:
    return await render(
        request,
        "pages/tickets/card.html",
        title=f"Обращение {found['number']}",
        menu="tickets",
        status=form.status,
        ticket=found,
        kind=view.kind_title(found["kind"]),
        state_word=view.status_of(found),
        thread=view.thread(found),
        history=view.history(found),
        asked=view.values_rows(found["asked"]),
        form=form,
        done=DONE.get(done or ""),
        already=done == "already",
    )
