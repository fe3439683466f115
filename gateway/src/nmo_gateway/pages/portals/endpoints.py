"""«Войти через портал НМО»: the consent page, the list in the settings, the sign-out that a portal asks for (SSO-11)."""

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.auth.confirming import address_of
from nmo_gateway.auth.ending import end_here, signed_out
from nmo_gateway.auth.return_to import AUTHORIZE, BACK_TO_SITE, local_target
from nmo_gateway.edge.headers import FORM_TARGET
from nmo_gateway.edge.refusal import END_SESSION
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import read_form
from nmo_gateway.pages.frame import render, session_of
from nmo_gateway.pages.routing import Redirect, Refused, page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
LIST = "/cabinet/settings/portals"
FIELDS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
OVER = {"request_over", "redirect_refused"}


@router.get(BACK_TO_SITE)
async def back_to_site(request: Request, to: str = "") -> Response:
    """Between a form of the sign-in and the partner's site: the page goes on by itself, a link does it by hand."""
    target = local_target(to)
    if target is None or urlsplit(target).path != AUTHORIZE:
        raise Refused(404)
    return await render(request, "pages/portals/back.html", title="Возвращаем на сайт", target=target)


@router.get("/portals/{request_id}")
async def ask(request: Request, request_id: UUID) -> Response:
    """Which site, what it gets and what for; two answers of equal weight."""
    guard.signed_in(request)
    try:
        asked = await services_of(request).get("identity", f"/api/v1/me/portal-requests/{request_id}")
    except ServiceProblem as problem:
        if problem.code not in OVER:
            raise
        raise Refused(problem.status, problem.detail) from problem
    if asked["login_due"]:
        raise Redirect(address_of(f"{AUTHORIZE}?{urlencode({'resume': str(request_id)})}"))
    page = await render(
        request,
        "pages/portals/ask.html",
        title=f"Войти на сайт «{asked['title']}»",
        asked=asked,
        items=[item for item in asked["items"] if item["scope"] != "openid"] or asked["items"],
        number=any(item["scope"] == "openid" for item in asked["items"]),
    )
    page.headers[FORM_TARGET.decode()] = str(asked["origin"])
    return page


@router.post("/portals/{request_id}")
async def answer(request: Request, request_id: UUID) -> Response:
    """Go back to the site, with the person's answer."""
    guard.signed_in(request)
    form = await read_form(request)
    answered = await services_of(request).post(
        "identity",
        f"/api/v1/me/portal-requests/{request_id}",
        {"agreed": form.get("answer") == "yes"},
        idempotency_key=form.idempotency_key,
    )
    return see(str(answered["redirect_to"]))


@router.get(LIST)
async def portals(request: Request, done: str | None = None) -> Response:
    """Sites that get the person's data, each with what it gets and a way to end it."""
    guard.signed_in(request)
    found = await load(request, "identity", "/api/v1/me/portals")
    return await render(
        request,
        "pages/portals/list.html",
        title="Сайты, куда вы входите через портал",
        menu="settings",
        found=found,
        portals=[_portal(item) for item in found.items],
        done=done,
    )


@router.post("/cabinet/settings/portals/{client_id}/revoke")
async def revoke(request: Request, client_id: str) -> Response:
    """Close a site's access."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"/api/v1/me/portals/{client_id}")
    return see(f"{LIST}?done=1")


@router.get(END_SESSION)
async def end_session(request: Request) -> Response:
    """A site asks to end the session here as well; only the person's press does it (RP-Initiated Logout 1.0)."""
    asked = {name: request.query_params.get(name, "") for name in FIELDS}
    told = await _end_session(request, asked)
    if session_of(request) is None:
        raise Redirect(told["redirect_to"] or "/login?out=1")
    page = await render(
        request, "pages/portals/sign_out.html", title="Выйти и здесь?", asked=asked, told=told
    )
    if told["redirect_to"]:
        page.headers[FORM_TARGET.decode()] = _origin(str(told["redirect_to"]))
    return page


@router.post("/logout/portal")
async def end_for_portal(request: Request) -> Response:
    """End the session and go back to the site."""
    form = await read_form(request)
    told = await _end_session(request, {name: form.get(name) for name in FIELDS})
    await end_here(request)
    return signed_out(request, told["redirect_to"] or "/login?out=1")


async def _end_session(request: Request, asked: dict[str, str]) -> dict[str, Any]:
    gateway: Gateway = request.app.state.gateway
    return await gateway.identity.end_session_request(asked)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _portal(item: dict[str, Any]) -> dict[str, Any]:
    return {
        **item,
        "granted": texts.moment(item["granted_at"]),
        "visited": texts.moment(item["last_visit_at"]) if item["last_visit_at"] else "",
    }
