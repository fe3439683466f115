"""``/login/code``: the second step of a sign-in by password (REG-13)."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.opening import open_finished
from nmo_gateway.auth.return_to import local_target
from nmo_gateway.browser_session.cookies import read_cookie, read_step
from nmo_gateway.limits.address import limit_key
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
KIND = "second"
PATH = "/internal/local/second-step"
OVER = "pending_over"
MAX_AGENT_CHARS = 500


def address_of(return_to: str) -> str:
    """Where a sign-in whose second step is owed goes on."""
    return f"/login/code?return_to={quote(local_target(return_to) or '', safe='')}"


def _pending(request: Request) -> str:
    gateway: Gateway = request.app.state.gateway
    found = read_step(request.scope, gateway.cookies, KIND)
    if found is None:
        raise Redirect("/login")
    return found


async def _ask(request: Request, path: str, body: dict[str, Any]) -> Any:
    """Ask identity in the gateway's own name; a sign-in that is over begins anew."""
    gateway: Gateway = request.app.state.gateway
    await gateway.sign_in_limit.take("second-step:" + limit_key(request.state.client_address))
    try:
        return await gateway.identity.second_step(path, {"pending": _pending(request), **body})
    except ServiceProblem as problem:
        if problem.code == OVER:
            raise Redirect("/login?expired=1") from problem
        raise


@router.get("/login/code")
async def code(request: Request, method: str = "", return_to: str = "", sent: str | None = None) -> Response:
    """One field; the other ways are links below it."""
    return await _page(request, Form(), method, return_to, sent=sent)


@router.post("/login/code")
async def give(request: Request) -> Response:
    """Take the code and open the session."""
    form = await read_form(request)
    method, target = form.get("method"), form.get("return_to")
    try:
        finished = await _ask(
            request,
            "",
            {
                "method": method,
                "code": form.get("code") or " ",
                "ip": request.state.client_address,
                "user_agent": request.headers.get("user-agent", "")[:MAX_AGENT_CHARS],
                "device": read_cookie(request.scope, request.app.state.gateway.cookies.device),
            },
        )
    except ServiceProblem as problem:
        form.add("code", problem.detail or "Код не подошёл")
        return await _page(request, form, method, target, sent=None)
    gateway: Gateway = request.app.state.gateway
    answer = await open_finished(request, "local", finished, target)
    answer.headers.append("Set-Cookie", gateway.cookies.clear_step())
    if finished.get("device"):
        answer.headers.append("Set-Cookie", gateway.cookies.set_device(str(finished["device"])))
    return answer


@router.post("/login/code/send")
async def send(request: Request) -> Response:
    """Send a code as a text message."""
    form = await read_form(request)
    target = form.get("return_to")
    try:
        await _ask(request, "/send", {})
    except ServiceProblem as problem:
        form.summary.append(problem.detail or "Повторите через минуту")
        return await _page(request, form, "sms", target, sent=None)
    return see(f"{address_of(target)}&method=sms&sent=1")


async def _page(request: Request, form: Form, method: str, return_to: str, *, sent: str | None) -> Response:
    state = await _ask(request, "/state", {})
    ways = state["methods"]
    if not ways:
        raise Redirect("/login")
    return await render(
        request,
        "pages/second_step/code.html",
        title="Код для входа",
        status=form.status,
        form=form,
        method=method if method in ways else ways[0],
        ways=ways,
        phone=state["phone_masked"],
        return_to=return_to,
        address=address_of(return_to),
        sent=sent,
    )
