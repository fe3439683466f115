"""The way in: sign-in page, consent, comparison with the register, states that need a word (SSO-01..03, MAT-01, MAT-06)."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth import detour
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.entry import view
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render, session_of
from nmo_gateway.pages.routing import Redirect, local_path, page_router, see
from nmo_gateway.service_errors import ServiceError, ServiceProblem

router = page_router()


@router.get("/login")
async def login(
    request: Request,
    return_to: str | None = None,
    expired: str | None = None,
    out: str | None = None,
    unlocked: str | None = None,
) -> Response:
    """SCR-03: Госуслуги, login and password, the other providers below."""
    target = local_path(return_to)
    session = session_of(request)
    if session is not None:
        raise Redirect(view.after(session.entry, target))
    held = detour.kept(request)
    if held and not return_to:
        note = "&unlocked=1" if unlocked else ""
        return detour.forget(request, see(f"/login?return_to={quote(held, safe='')}{note}"))
    return await login_page(request, Form(), target, expired=expired, out=out, unlocked=unlocked)


async def login_page(
    request: Request, form: Form, target: str, *, status: int | None = None, **notes: Any
) -> Response:
    """The sign-in page, as it is opened and as it comes back with what was wrong."""
    try:
        providers = await services_of(request).get("identity", "/internal/providers")
    except ServiceError:
        providers = None
    main, others = view.provider_buttons(providers)
    return await render(
        request,
        "pages/entry/login.html",
        title="Вход",
        main=main,
        others=others,
        query=f"?return_to={quote(target, safe='')}",
        return_to=target,
        form=form,
        status=status or form.status,
        **notes,
    )


@router.get("/unconfirmed")
async def unconfirmed(request: Request) -> Response:
    """SCR-09: the account on Госуслуги is not confirmed; what to do."""
    guard.signed_in(request)
    return await render(request, "pages/entry/unconfirmed.html", title="Подтвердите учётную запись")


@router.get("/mismatch")
async def mismatch(request: Request, done: str | None = None) -> Response:
    """SCR-13: both sides, the field named, where to correct it."""
    session = guard.signed_in(request)
    me = await services_of(request).get("identity", "/api/v1/me")
    if me["entry"] != "conflict":
        raise Redirect(view.after(me["entry"], "/cabinet"))
    sides = view.comparison(me)
    return await render(
        request,
        "pages/entry/mismatch.html",
        title="Данные не совпали с регистром",
        session_name=session.short_name,
        sides=sides,
        different=view.different_fields(sides),
        reference=(me.get("match") or {}).get("reference"),
        matched_at=(me.get("match") or {}).get("matched_at"),
        again=view.again_through_provider(session.provider, "/mismatch"),
        done=done,
    )


@router.get("/match/confirm")
async def confirm(request: Request) -> Response:
    """SCR-13 for a weak match: the person says whether the record is theirs."""
    guard.signed_in(request)
    me = await services_of(request).get("identity", "/api/v1/me")
    if me["entry"] != "weak":
        raise Redirect(view.after(me["entry"], "/cabinet"))
    sides = view.comparison(me)
    return await render(
        request,
        "pages/entry/confirm.html",
        title="Проверьте свои данные",
        sides=sides,
        different=view.different_fields(sides),
    )


@router.post("/match/confirm")
async def confirmed(request: Request) -> Response:
    """The person confirms that the record is theirs."""
    session = guard.signed_in(request)
    services = services_of(request)
    await services.post("identity", "/api/v1/me/match/confirm")
    return see(view.after((services.session or session).entry, "/cabinet"))


@router.post("/match/refresh")
async def refresh(request: Request) -> Response:
    """Compare with the register again now; three times a day (P11)."""
    session = guard.signed_in(request)
    form = await read_form(request)
    services = services_of(request)
    done = "refreshed"
    try:
        await services.post("identity", "/api/v1/me/refresh")
    except ServiceProblem as problem:
        if problem.code != "match_quota_spent":
            raise
        done = "quota"
    entry = (services.session or session).entry
    target = view.after(entry, "/cabinet")
    if form.get("return_to") == "/cabinet/comparison":
        target = "/cabinet/comparison"
    shown = target in {"/mismatch", "/no-account", "/checking", "/cabinet/comparison"}
    return see(f"{target}?done={done}" if shown else target)


@router.get("/no-account")
async def no_account(request: Request, done: str | None = None) -> Response:
    """SCR-12: the person is not in the register yet: what to do, and a request to check their papers (MAT-05)."""
    session = guard.signed_in(request)
    if session.entry != "limited":
        raise Redirect(view.after(session.entry, "/cabinet"))
    requests = await load(request, "applications", "/api/v1/requests", {"limit": 25})
    return await render(
        request,
        "pages/entry/no_account.html",
        title="Вас нет в регистре",
        asked=next((item for item in requests.items if view.is_open_verification(item)), None),
        done=done,
    )


@router.get("/checking")
async def checking(request: Request, done: str | None = None) -> Response:
    """The register does not answer: the comparison goes on by itself."""
    session = guard.signed_in(request)
    if session.entry != "checking":
        raise Redirect(view.after(session.entry, "/cabinet"))
    return await render(
        request, "pages/entry/checking.html", title="Проверяем данные", done=done, refresh_s=30
    )
