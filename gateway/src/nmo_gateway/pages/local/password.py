"""The new password that a session owes: after the temporary one, and after an old one (SCR-08, REG-02, REG-06)."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.return_to import NEXT
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
SETTINGS = "/cabinet/settings/security/password"
"""Where a password is changed by wish."""


@router.get("/password/change")
async def change(request: Request) -> Response:
    """The rules, and one field; the present password only when the sign-in is not fresh any more."""
    guard.signed_in(request)
    return await _page(request, Form())


@router.post("/password/change")
async def take(request: Request) -> Response:
    """Set the new password; every rule it breaks is told beside the field."""
    guard.signed_in(request)
    posted = await request.form()
    body = {
        name: str(posted[name])
        for name in ("password", "current_password")
        if isinstance(posted.get(name), str)
    }
    form = Form(values={"password": "", "current_password": ""})
    if not body.get("password"):
        form.add("password", "Введите новый пароль")
        return await _page(request, form)
    services = services_of(request)
    try:
        await services.put("identity", "/api/v1/me/password", body)
    except ServiceProblem as problem:
        form.take(problem)
        return await _page(request, form)
    return see(NEXT)


async def _page(request: Request, form: Form) -> Response:
    services = services_of(request)
    me = await services.get("identity", "/api/v1/me")
    if "must_change_password" not in (me.get("restrictions") or []):
        raise Redirect(SETTINGS)
    options = await services.get("identity", "/api/v1/registrations/form")
    return await render(
        request,
        "pages/local/password.html",
        title="Новый пароль",
        form=form,
        status=form.status,
        ask_current="current_password" in form.errors,
        rules=options["password"],
    )
