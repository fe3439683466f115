"""Signing in by login and password: the form, and the code that opens a closed sign-in (SCR-03, REG-08)."""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.opening import open_finished
from nmo_gateway.auth.return_to import NEXT, after_form, destination, local_target
from nmo_gateway.browser_session.cookies import read_cookie, read_step
from nmo_gateway.limits.address import limit_key
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.entry.endpoints import login_page
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.pages.second_step import endpoints as second_step
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PROVIDER: Final = "local"
MAX_AGENT_CHARS: Final = 500
UNLOCK: Final = "unlock"
STEP_OF: Final = {
    "must_change_password": "/password/change",
    "must_confirm_contact": "/unverified",
    "must_confirm_links": "/links/confirm",
}
"""Step that a session owes -> its page."""


@router.post("/login")
async def sign_in(request: Request) -> Response:
    """Take login and password; a wrong one is told at the top of the same page, the login kept."""
    form = await read_form(request)
    posted = await request.form()
    # A password keeps its spaces: only what the person sees is trimmed.
    password = str(posted.get("password") or "")
    shown = Form(values={"login": form.get("login")})
    for name, words in (("login", "Введите логин"), ("password", "Введите пароль")):
        if not (form.get(name) if name == "login" else password):
            shown.add(name, words)
    target = local_target(form.get("return_to")) or ""
    if shown.errors:
        return await login_page(request, shown, target)
    try:
        answer = await _ask(request, form.get("login"), password)
    except ServiceProblem as problem:
        shown.summary.append(problem.detail)
        return await login_page(
            request, shown, target, status=problem.status, locked=problem.code == "login_locked"
        )
    if "pending" in answer:
        return _to_second_step(request, answer, target)
    return await _enter(request, answer, target)


def _to_second_step(request: Request, answer: dict[str, Any], target: str) -> Response:
    gateway: Gateway = request.app.state.gateway
    found = see(second_step.address_of(target))
    found.headers.append("Set-Cookie", gateway.cookies.set_step(second_step.KIND, str(answer["pending"])))
    return found


@router.get("/login/unlock")
async def unlock(request: Request) -> Response:
    """Ask for the code that opens a closed sign-in."""
    return await render(request, "pages/local/unlock.html", title="Открыть вход кодом", form=Form())


@router.post("/login/unlock")
async def ask_unlock(request: Request) -> Response:
    """Send the code; the answer is the same for every login."""
    form = await read_form(request)
    if not form.get("login"):
        form.add("login", "Введите логин")
        return await render(
            request, "pages/local/unlock.html", title="Открыть вход кодом", form=form, status=form.status
        )
    gateway: Gateway = request.app.state.gateway
    await gateway.sign_in_limit.take("unlock:" + limit_key(request.state.client_address))
    answer = await gateway.identity.local("unlock", {"login": form.get("login")})
    found = see("/login/unlock/code")
    found.headers.append("Set-Cookie", gateway.cookies.set_step(UNLOCK, answer["flow"]))
    return found


@router.get("/login/unlock/code")
async def unlock_code(request: Request) -> Response:
    """Where the code is typed."""
    return await _unlock_page(request, Form())


@router.post("/login/unlock/code")
async def finish_unlock(request: Request) -> Response:
    """Open the sign-in."""
    gateway: Gateway = request.app.state.gateway
    flow = read_step(request.scope, gateway.cookies, UNLOCK)
    form = await read_form(request)
    if flow is None:
        raise Redirect("/login/unlock")
    if not form.get("code"):
        form.add("code", "Введите код")
        return await _unlock_page(request, form)
    try:
        await gateway.identity.local("unlock/confirm", {"flow": flow, "code": form.get("code")})
    except ServiceProblem as problem:
        form.add("code", problem.detail)
        return await _unlock_page(request, form)
    found = see("/login?unlocked=1")
    found.headers.append("Set-Cookie", gateway.cookies.clear_step())
    return found


@router.get(NEXT)
async def next_step(request: Request) -> Response:
    """To the first step that the session owes; when it owes none, on to the page first asked for, else the cabinet."""
    session = guard.signed_in(request)
    services = services_of(request)
    me = await services.get("identity", "/api/v1/me")
    for step in me.get("restrictions") or []:
        raise Redirect(STEP_OF.get(step, "/help"))
    if me["entry"] == "unverified":
        raise Redirect(STEP_OF["must_confirm_contact"])
    await services.session_changed()
    gateway: Gateway = request.app.state.gateway
    wanted = await gateway.wanted.take(session.session_id)
    if not wanted:
        raise Redirect(guard.NEXT_STEP.get(me["entry"], "/cabinet"))
    # A form may have led here, and browsers apply its page's rules to every redirect that follows.
    now = replace(services.session or session, entry=str(me["entry"]))
    raise Redirect(after_form(destination(now, wanted)))


async def _ask(request: Request, login: str, password: str) -> dict[str, Any]:
    """Identity's answer to login and password of this browser."""
    gateway: Gateway = request.app.state.gateway
    await gateway.sign_in_limit.take("password:" + limit_key(request.state.client_address))
    body = {
        "login": login,
        "password": password,
        "device": read_cookie(request.scope, gateway.cookies.device),
        "ip": request.state.client_address,
        "user_agent": request.headers.get("user-agent", "")[:MAX_AGENT_CHARS],
    }
    return await gateway.identity.local("login", body)


async def _enter(request: Request, answer: dict[str, Any], target: str) -> Response:
    gateway: Gateway = request.app.state.gateway
    found = await open_finished(request, PROVIDER, answer, target)
    if answer.get("device"):
        found.headers.append("Set-Cookie", gateway.cookies.set_device(str(answer["device"])))
    found.headers.append("Set-Cookie", gateway.cookies.clear_step())
    return found


async def _unlock_page(request: Request, form: Form) -> Response:
    return await render(
        request,
        "pages/local/unlock_code.html",
        title="Код, чтобы открыть вход",
        form=Form(values={}, errors=form.errors),
        status=form.status,
    )
