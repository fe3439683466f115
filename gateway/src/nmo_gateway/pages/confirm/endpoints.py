"""``/login/confirm``: the person proves again who they are, the way they signed in, and goes on (P09)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.confirming import renew_confirmed
from nmo_gateway.auth.return_to import after_form, local_target
from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceError, ServiceProblem

router = page_router()
LOCAL = "local"
WAYS = {"totp": "Код из приложения", "sms": "Код из сообщения", "recovery_code": "Запасной код"}
OF_CODE = {
    "confirm_second_step_owed",
    "second_step_wrong",
    "second_step_paused",
    "code_wrong",
    "code_expired",
    "code_spent",
    "second_step_missing",
}


@router.get("/login/confirm")
async def confirm(request: Request, return_to: str | None = None) -> Response:
    """Why it is asked, and one button: to the provider the person came from."""
    session = guard.signed_in(request)
    target = local_target(return_to) or "/cabinet"
    if session.provider == LOCAL:
        return await _password_page(request, session, target, Form())
    return await render(
        request,
        "pages/confirm/confirm.html",
        title="Подтвердите, что это вы",
        provider=session.provider,
        way=await _title_of(request, session.provider),
        query=f"?confirm=1&return_to={quote(target, safe='')}",
        back="/cabinet" if target.startswith(("/resume/", "/oauth2/")) else target,
    )


@router.post("/login/confirm")
async def confirm_by_password(request: Request) -> Response:
    """Take the password and the code of the second step; go on where the person was."""
    session = guard.signed_in(request)
    form = await read_form(request)
    form.values = {"password": "", "code": "", **form.values}
    target = local_target(form.get("return_to")) or "/cabinet"
    gateway: Gateway = request.app.state.gateway
    try:
        if form.get("send"):
            await gateway.identity.send_confirming_code(session.handle)
            return await _password_page(request, session, target, Form(), sent=True)
        posted = (await request.form()).get("password")
        password = posted if isinstance(posted, str) else ""
        await gateway.identity.confirm_by_password(
            session.handle, password, form.get("method"), form.get("code")
        )
    except ServiceProblem as problem:
        form.add("code" if problem.code in OF_CODE else "password", problem.detail)
        return await _password_page(request, session, target, form)
    await renew_confirmed(request, session)
    return see(after_form(target))


async def _password_page(
    request: Request, session: Session, target: str, form: Form, *, sent: bool = False
) -> Response:
    gateway: Gateway = request.app.state.gateway
    methods = await gateway.identity.ways_to_confirm(session.handle)
    chosen = form.get("method") or (methods[0] if methods else "")
    form.values = {"method": chosen}
    return await render(
        request,
        "pages/confirm/password.html",
        title="Подтвердите, что это вы",
        status=form.status,
        form=form,
        methods=[{"value": way, "text": WAYS[way]} for way in methods if way in WAYS],
        return_to=target,
        sent=sent,
        back="/cabinet" if target.startswith(("/resume/", "/oauth2/")) else target,
    )


async def _title_of(request: Request, provider: str) -> str:
    """Name of the provider as people read it; the well-known one when the list cannot be had."""
    try:
        known = await services_of(request).get("identity", "/internal/providers")
    except ServiceError:
        known = []
    return next((str(item["title"]) for item in known if item["key"] == provider), "Госуслуги")
