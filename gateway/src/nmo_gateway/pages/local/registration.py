"""Registration, the letter's link, the address that is not confirmed yet (SCR-04, 05, 06)."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth import detour
from nmo_gateway.auth.return_to import NEXT, OWED
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.forms import Form, parse_day, read_form
from nmo_gateway.pages.frame import render, session_of
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
FIELDS: Final = (
    "last_name", "first_name", "patronymic", "birth_on", "gender", "citizenship", "snils", "email", "phone",
    "region_code",
)  # fmt: skip
SCRIPTS: Final = ("vendor/autocomplete.js", "proof.js")


@router.get("/register")
async def register(request: Request, return_to: str | None = None) -> Response:
    """SCR-04: who one is and where the letter goes; the browser works off the robot check meanwhile."""
    if session_of(request) is not None:
        raise Redirect("/cabinet")
    page = await _form_page(request, Form(values={"citizenship": "RUS"}))
    return detour.keep(request, page, return_to)


@router.get("/register/invited/{token}")
async def invited(request: Request, token: str) -> Response:
    """SCR-04 by a link from the mail, for browsers that run no scripts: the address stands."""
    try:
        answer = await services_of(request).post(
            "identity", "/api/v1/registrations/invitations/open", {"token": token}
        )
    except ServiceProblem as problem:
        return await _over(request, problem, "/register/by-mail", "Запросить новую ссылку")
    values = {"citizenship": "RUS", "email": answer["email"], "invitation": token}
    return await _form_page(request, Form(values=values))


@router.post("/register")
async def take(request: Request) -> Response:
    """Register; faults stand beside their fields, everything typed is kept."""
    form = await read_form(request)
    body: dict[str, Any] = {name: form.get(name) for name in FIELDS}
    born = parse_day(body["birth_on"])
    body["birth_on"] = born.isoformat() if born else body["birth_on"]
    body["invitation"] = form.get("invitation") or None
    body["proof"] = form.get("proof") or None
    try:
        await services_of(request).post("identity", "/api/v1/registrations", body)
    except ServiceProblem as problem:
        if problem.field_errors:
            # An unchosen answer is not sent at all: its fault has a place of its own like any other's.
            form.values = dict.fromkeys(FIELDS, "") | dict(form.values)
            form.take(problem)
            form.errors = {name: form.errors[name] for name in FIELDS if name in form.errors}
        else:
            form.summary.append(problem.detail)
        return await _form_page(request, form)
    return see("/register/done")


@router.get("/register/done")
async def done(request: Request) -> Response:
    """SCR-05: the letter is on its way; the same words for everybody."""
    return await render(request, "pages/local/done.html", title="Проверьте почту")


@router.get("/register/by-mail")
async def by_mail(request: Request, sent: str | None = None) -> Response:
    """The way without scripts: only the address, the form comes by mail."""
    return await render(
        request, "pages/local/by_mail.html", title="Регистрация по ссылке из письма", form=Form(), sent=sent
    )


@router.post("/register/by-mail")
async def ask_mail(request: Request) -> Response:
    """Mail the link that opens the form."""
    form = await read_form(request)
    try:
        await services_of(request).post(
            "identity", "/api/v1/registrations/invitations", {"email": form.get("email")}
        )
    except ServiceProblem as problem:
        form.take(problem)
        return await render(
            request,
            "pages/local/by_mail.html",
            title="Регистрация по ссылке из письма",
            form=form,
            status=form.status,
        )
    return see("/register/by-mail?sent=1")


@router.get("/confirm/done")
async def confirmed(request: Request) -> Response:
    """SCR-06: the address is confirmed; what comes next."""
    session = session_of(request)
    return await render(
        request, "pages/local/confirmed.html", title="Адрес подтверждён", inside=session is not None
    )


@router.get("/confirm/{token}")
async def confirm(request: Request, token: str) -> Response:
    """SCR-06: one button. Opening the link changes nothing: mail scanners open links, too (T04)."""
    return await render(request, "pages/local/confirm.html", title="Подтвердите адрес", token=token)


@router.post("/confirm")
async def take_confirmation(request: Request) -> Response:
    """Confirm the address by the token in the body."""
    form = await read_form(request)
    services = services_of(request)
    try:
        await services.post("identity", "/api/v1/registrations/confirm", {"token": form.get("token") or "-"})
    except ServiceProblem as problem:
        return await _over(request, problem, "/login", "Войти")
    if session_of(request) is not None:
        await services.session_changed()
    return see("/confirm/done")


@router.get("/unverified")
async def unverified(request: Request, sent: str | None = None) -> Response:
    """SCR-06: signed in, the address is not confirmed yet."""
    session = guard.signed_in(request)
    services = services_of(request)
    me = await services.get("identity", "/api/v1/me")
    if me["entry"] not in OWED:
        raise Redirect(NEXT)
    return await render(
        request,
        "pages/local/unverified.html",
        title="Подтвердите адрес",
        session_name=session.short_name,
        email=me.get("email"),
        sent=sent,
        form=Form(),
    )


@router.post("/unverified")
async def resend(request: Request) -> Response:
    """Mail the link anew."""
    guard.signed_in(request)
    services = services_of(request)
    try:
        await services.post("identity", "/api/v1/registrations/resend")
    except ServiceProblem as problem:
        me = await services.get("identity", "/api/v1/me")
        return await render(
            request,
            "pages/local/unverified.html",
            title="Подтвердите адрес",
            email=me.get("email"),
            sent=None,
            spent=problem.code == "letters_spent",
            form=Form(summary=[problem.detail]),
            status=problem.status,
        )
    return see("/unverified?sent=1")


async def _form_page(request: Request, form: Form) -> Response:
    options = await load(request, "identity", "/api/v1/registrations/form")
    regions = await load(request, "registry", "/api/v1/dictionaries/regions")
    values = {name: value for name, value in form.values.items() if name != "proof"}
    return await render(
        request,
        "pages/local/register.html",
        title="Регистрация",
        form=Form(values=values, errors=form.errors, summary=form.summary),
        status=form.status,
        regions=_choices(regions),
        citizenships=[(item["code"], item["name"]) for item in (options.data or {}).get("citizenships", [])],
        scripts=() if values.get("invitation") else SCRIPTS,
        notice=options.notice,
    )


def _choices(regions: Block) -> list[tuple[str, str]]:
    """Regions as the select takes them, by name."""
    return sorted(((item["key"], item["name"]) for item in regions.items), key=lambda item: item[1])


async def _over(request: Request, problem: ServiceProblem, href: str, label: str) -> Response:
    return await render(
        request,
        "pages/local/over.html",
        title="Ссылка больше не действует",
        detail=problem.detail,
        href=href,
        label=label,
        status=problem.status,
    )
