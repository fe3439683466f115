"""SCR-07: a new password by a code; the same words for those who have an account and those who have none (REG-07, T06)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth import detour
from nmo_gateway.browser_session.cookies import read_step
from nmo_gateway.limits.address import limit_key
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
API = "/api/v1/password/recovery"
KIND = "recovery"
GONE = 410
OVER = "/password/forgot?over=1"


def _handle(request: Request) -> str:
    """The recovery this browser has under way; without one it begins anew."""
    gateway: Gateway = request.app.state.gateway
    found = read_step(request.scope, gateway.cookies, KIND)
    if found is None:
        raise Redirect(OVER)
    return found


async def _counted(request: Request) -> None:
    gateway: Gateway = request.app.state.gateway
    await gateway.sign_in_limit.take("recovery:" + limit_key(request.state.client_address))


@router.get("/password/forgot")
async def forgot(request: Request, over: str | None = None, return_to: str | None = None) -> Response:
    """Ask for the contact."""
    page = await render(
        request, "pages/password/forgot.html", title="Восстановление пароля", form=Form(), over=over
    )
    return detour.keep(request, page, return_to)


@router.post("/password/forgot")
async def ask(request: Request) -> Response:
    """Ask for a code; whoever the contact belongs to, the next page is the same."""
    await _counted(request)
    form = await read_form(request)
    try:
        begun = await services_of(request).post("identity", API, {"contact": form.get("contact")})
    except ServiceProblem as problem:
        form.take(problem)
        return await render(
            request,
            "pages/password/forgot.html",
            title="Восстановление пароля",
            status=form.status,
            form=form,
            over=None,
        )
    gateway: Gateway = request.app.state.gateway
    answer = see("/password/code?" + urlencode({"number": begun["number"], "by": begun["channel"]}))
    answer.headers.append("Set-Cookie", gateway.cookies.set_step(KIND, begun["handle"]))
    return answer


@router.get("/password/code")
async def code(request: Request, number: str = "", by: str = "email", sent: str | None = None) -> Response:
    """The field for the code, and the number of the request for support."""
    _handle(request)
    return await _code_page(request, Form(), number=number, by=by, sent=sent)


@router.post("/password/code")
async def give(request: Request) -> Response:
    """Take the code; on to the new password."""
    handle = _handle(request)
    await _counted(request)
    form = await read_form(request)
    try:
        await services_of(request).post(
            "identity", f"{API}/code", {"handle": handle, "code": form.get("code") or " "}
        )
    except ServiceProblem as problem:
        if problem.code == "recovery_over":
            raise Redirect(OVER) from problem
        form.add("code", problem.detail or "Код не подошёл")
        return await _code_page(request, form, number=form.get("number"), by=form.get("by"), sent=None)
    return see("/password/new?" + urlencode({"number": form.get("number")}))


@router.post("/password/code/resend")
async def resend(request: Request) -> Response:
    """Ask for another code."""
    handle = _handle(request)
    await _counted(request)
    form = await read_form(request)
    try:
        await services_of(request).post("identity", f"{API}/resend", {"handle": handle})
    except ServiceProblem as problem:
        if problem.code == "recovery_over":
            raise Redirect(OVER) from problem
        form.summary.append(problem.detail or "Повторите через минуту")
        return await _code_page(request, form, number=form.get("number"), by=form.get("by"), sent=None)
    query = urlencode({"number": form.get("number"), "by": form.get("by"), "sent": "1"})
    return see(f"/password/code?{query}")


async def _code_page(request: Request, form: Form, *, number: str, by: str, sent: str | None) -> Response:
    return await render(
        request,
        "pages/password/code.html",
        title="Код для нового пароля",
        status=form.status,
        form=form,
        number=number[:20],
        by="sms" if by == "sms" else "email",
        sent=sent,
    )


@router.get("/password/new")
async def new(request: Request, number: str = "") -> Response:
    """The field for the new password."""
    _handle(request)
    return await _new_page(request, Form(), number)


@router.post("/password/new")
async def set_new(request: Request) -> Response:
    """Put the new password in force; every earlier sign-in ends."""
    handle = _handle(request)
    form = await read_form(request)
    posted = await request.form()
    # As it was typed: a password may begin or end with a space.
    password = str(posted.get("password") or "")
    try:
        if not password:
            form.add("password", "Введите новый пароль")
            return await _new_page(request, form, form.get("number"))
        await services_of(request).post(
            "identity", f"{API}/password", {"handle": handle, "password": password}
        )
    except ServiceProblem as problem:
        if problem.code == "recovery_unproven":
            raise Redirect("/password/code") from problem
        if problem.status == GONE:
            raise Redirect(OVER) from problem
        form.take(problem)
        return await _new_page(request, form, form.get("number"))
    gateway: Gateway = request.app.state.gateway
    answer = see("/password/done")
    for field in (gateway.cookies.clear_step(), *gateway.cookies.clear_session()):
        answer.headers.append("Set-Cookie", field)
    return answer


async def _new_page(request: Request, form: Form, number: str) -> Response:
    form.values = {"password": ""}
    return await render(
        request,
        "pages/password/new.html",
        title="Новый пароль",
        status=form.status,
        form=form,
        number=number[:20],
    )


@router.get("/password/done")
async def done(request: Request) -> Response:
    """It is set; what ended with it."""
    return await render(request, "pages/password/done.html", title="Пароль изменён")
