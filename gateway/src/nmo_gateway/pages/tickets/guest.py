"""Support for those who cannot sign in: a form without an account, a page to come back to (SUP-02)."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.limits.address import limit_key
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render, session_of
from nmo_gateway.pages.routing import Redirect, Refused, page_router, see
from nmo_gateway.pages.tickets import view
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.errors import TooManyRequests

router = page_router()
PAGE = "/help/request"
OPEN, READ, REPLY = (
    "/internal/requests/guest",
    "/internal/requests/guest/read",
    "/internal/requests/guest/reply",
)
WHO = {"person": "Вы", "support": "Поддержка", "system": "Портал"}
KEY = re.compile(r"[A-Za-z0-9_-]{20,100}")
LIMIT = "С этого адреса уже отправлено несколько обращений. Отправить следующее можно через час."
NOT_FOUND = 404


@router.get(PAGE)
async def new(request: Request, code: str = "", at: str = "") -> Response:
    """The form; whoever signed in has a better one."""
    if session_of(request) is not None:
        raise Redirect(f"{view.PAGE}/new" + (f"?code={code[:64]}" if code.isalnum() else ""))
    return await _form(request, Form(values=view.first_values("sign_in", {"code": code, "at": at}, None)))


@router.post(PAGE)
async def open_new(request: Request) -> Response:
    """Send it: the number and a link to the answer are shown once. Three an hour from one network."""
    form = await read_form(request)
    body = view.read_open(form, "sign_in")
    if body is None:
        return await _form(request, form)
    try:
        await request.app.state.gateway.ticket_limit.take("ticket:" + limit_key(request.state.client_address))
    except TooManyRequests:
        form.summary.append(LIMIT)
        return await _form(request, form)
    del body["kind"]
    body |= {"contact": form.get("contact")[:254]} if form.get("contact") else {}
    opened = await services_of(request).post("applications", OPEN, body)
    return await render(
        request,
        "pages/tickets/guest_done.html",
        title="Обращение отправлено",
        number=opened["number"],
        due_at=opened["due_at"],
        link=f"{PAGE}/{opened['key']}",
    )


@router.get(f"{PAGE}/{{key}}")
async def card(request: Request, key: str, done: str | None = None) -> Response:
    """The thread, for whoever holds the link."""
    return await _card(request, key, await _read(request, key), Form(), done=done == "sent")


@router.post(f"{PAGE}/{{key}}")
async def write(request: Request, key: str) -> Response:
    """Write on."""
    form = await read_form(request)
    view.check_text(form, "text", "Сообщение")
    found = await _read(request, key)
    if form.errors:
        return await _card(request, key, found, form)
    try:
        await services_of(request).post("applications", REPLY, {"key": key, "text": form.get("text")})
    except ServiceProblem as problem:
        form.take(problem)
        return await _card(request, key, found, form)
    return see(f"{PAGE}/{key}?done=sent")


async def _read(request: Request, key: str) -> dict[str, Any]:
    if not KEY.fullmatch(key):
        raise Refused(NOT_FOUND)
    found: dict[str, Any] = await services_of(request).post("applications", READ, {"key": key})
    return found


async def _form(request: Request, form: Form) -> Response:
    return await render(
        request,
        "pages/tickets/guest_new.html",
        title="Написать в поддержку",
        menu="help",
        status=form.status,
        form=form,
        words=view.KINDS["sign_in"],
    )


async def _card(
    request: Request, key: str, found: dict[str, Any], form: Form, *, done: bool = False
) -> Response:
    return await render(
        request,
        "pages/tickets/guest_card.html",
        title=f"Обращение {found['number']}",
        menu="help",
        status=form.status,
        ticket=found,
        state_word=view.status_of(found),
        thread=view.thread(found, who=WHO),
        form=form,
        key=key,
        done=done,
    )
