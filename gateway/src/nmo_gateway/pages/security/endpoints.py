"""SCR-41 «Безопасность»: two-step sign-in, recovery codes, the way to a new password (REG-13, P09)."""

from typing import Literal

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.pages.security import view
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/cabinet/settings/security"
API = "/api/v1/me/security"
Switched = Literal["totp", "sms"]


@router.get(PAGE)
async def security(request: Request, done: str | None = None) -> Response:
    """What protects the account and what could."""
    guard.signed_in(request)
    found = await load(request, "identity", API)
    return await render(
        request,
        "pages/security/security.html",
        title="Безопасность",
        menu="settings",
        found=found,
        ways=view.ways(found.data) if found.data else [],
        done=view.DONE.get(done or ""),
    )


@router.get(PAGE + "/password")
async def password(request: Request) -> Response:
    """The present password and the new one."""
    guard.signed_in(request)
    return await _password_page(request, Form())


@router.post(PAGE + "/password")
async def change_password(request: Request) -> Response:
    """Put the new password in force; this sign-in goes on."""
    guard.signed_in(request)
    posted = await request.form()
    form = Form()
    # As they were typed: a password may begin or end with a space.
    typed = {name: str(posted.get(name) or "") for name in ("current_password", "password")}
    form.values = dict.fromkeys(typed, "")
    for name, words in (("current_password", "Введите текущий пароль"), ("password", "Введите новый пароль")):
        if not typed[name]:
            form.add(name, words)
    if not form.errors:
        try:
            await services_of(request).put("identity", "/api/v1/me/password", typed)
        except ServiceProblem as problem:
            form.take(problem)
    if form.errors or form.summary:
        return await _password_page(request, form)
    return see(f"{PAGE}?done=password")


async def _password_page(request: Request, form: Form) -> Response:
    return await render(
        request,
        "pages/security/password.html",
        title="Изменить пароль",
        menu="settings",
        status=form.status,
        form=form,
    )


@router.get(PAGE + "/app")
async def app(request: Request) -> Response:
    """The QR code and the key for an authenticator app."""
    await guard.confirmed(request)
    return await _app_page(request, Form())


@router.post(PAGE + "/app")
async def app_code(request: Request) -> Response:
    """Take the app's first code; show the recovery codes this once."""
    guard.signed_in(request)
    form = await read_form(request)
    try:
        made = await services_of(request).post(
            "identity", f"{API}/app/confirm", {"code": form.get("code") or " "}
        )
    except ServiceProblem as problem:
        form.add("code", problem.detail or "Код не подошёл")
        return await _app_page(request, form)
    return await _codes_page(request, made["codes"], "Проверка по приложению включена")


async def _app_page(request: Request, form: Form) -> Response:
    made = await services_of(request).post("identity", f"{API}/app")
    picture = segno.make(made["uri"], error="m").svg_inline(scale=5, border=2, light="white", dark="black")
    return await render(
        request,
        "pages/security/app.html",
        title="Приложение с кодами",
        menu="settings",
        status=form.status,
        form=form,
        picture=Markup(picture),  # noqa: S704 made by the library of digits and letters alone
        key=view.spaced(made["secret"]),
    )


@router.get(PAGE + "/sms")
async def sms(request: Request) -> Response:
    """Say where text messages would go."""
    await guard.confirmed(request)
    known = await services_of(request).get("identity", API)
    return await _sms_page(request, Form(), known["phone_masked"], sent=False)


@router.post(PAGE + "/sms/send")
async def sms_send(request: Request) -> Response:
    """Send the first code."""
    guard.signed_in(request)
    form = Form()
    try:
        sent = await services_of(request).post("identity", f"{API}/sms")
    except ServiceProblem as problem:
        if problem.code == "step_up_required":
            raise
        form.summary.append(problem.detail or "Повторите через минуту")
        known = await services_of(request).get("identity", API)
        return await _sms_page(request, form, known["phone_masked"], sent=False)
    return await _sms_page(request, form, sent["phone_masked"], sent=True)


@router.post(PAGE + "/sms")
async def sms_code(request: Request) -> Response:
    """Take the first code; show the recovery codes when they are new."""
    guard.signed_in(request)
    form = await read_form(request)
    services = services_of(request)
    try:
        made = await services.post("identity", f"{API}/sms/confirm", {"code": form.get("code") or " "})
    except ServiceProblem as problem:
        form.add("code", problem.detail or "Код не подошёл")
        known = await services.get("identity", API)
        return await _sms_page(request, form, known["phone_masked"], sent=True)
    if not made["codes"]:
        return see(f"{PAGE}?done=sms")
    return await _codes_page(request, made["codes"], "Проверка по SMS включена")


async def _sms_page(request: Request, form: Form, phone: str | None, *, sent: bool) -> Response:
    return await render(
        request,
        "pages/security/sms.html",
        title="Коды в SMS",
        menu="settings",
        status=form.status,
        form=form,
        phone=phone,
        sent=sent,
    )


@router.get(PAGE + "/off/{method}")
async def off(request: Request, method: Switched) -> Response:
    """Ask before a way is switched off."""
    await guard.confirmed(request)
    return await render(
        request,
        "pages/security/off.html",
        title=view.OFF[method],
        menu="settings",
        method=method,
        heading=view.OFF[method],
    )


@router.post(PAGE + "/off/{method}")
async def switch_off(request: Request, method: Switched) -> Response:
    """Switch a way off."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"{API}/methods/{method}")
    return see(f"{PAGE}?done=off-{method}")


@router.get(PAGE + "/codes")
async def codes(request: Request) -> Response:
    """Ask before the old recovery codes end."""
    await guard.confirmed(request)
    return await render(request, "pages/security/renew.html", title="Новые резервные коды", menu="settings")


@router.post(PAGE + "/codes")
async def renew(request: Request) -> Response:
    """Make ten new recovery codes and show them this once."""
    guard.signed_in(request)
    made = await services_of(request).post("identity", f"{API}/recovery-codes")
    return await _codes_page(request, made["codes"], "Созданы новые резервные коды, прежние не действуют")


async def _codes_page(request: Request, codes: list[str], done: str) -> Response:
    return await render(
        request,
        "pages/security/codes.html",
        title="Резервные коды",
        menu="settings",
        codes=codes,
        done=done,
    )
