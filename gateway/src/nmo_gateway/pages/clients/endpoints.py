"""``/admin/clients``: register a partner's site, disable it, change its secret (SSO-11, PAR-01)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PATH = "/api/v1/admin/partners"
PAGE = "/admin/clients"
REFUSED = {409, 422}
SCOPES = {
    "openid": "Вход: номер человека для этого сайта",
    "profile": "Фамилия, имя, отчество",
    "email": "Электронная почта",
    "offline_access": "Обновление токена, пока человек не на сайте",
    "api": "Весь кабинет от имени человека, в том числе СНИЛС",
    "partner": "Обмен данными между системами, без человека",
}
SIGNATURES = {
    "RS256": "RS256, его понимают все программы",
    "ES256": "ES256, если партнёр его просит",
}
"""How the site's id tokens are signed; the first one unless told otherwise."""
SIGNATURE = "id_token_signed_response_alg"
FIELDS = (
    "client_id",
    "title",
    "purpose",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
)
DONE = {"disabled": "Сайт отключён", "enabled": "Сайт снова работает"}


@router.get("/admin")
async def start(request: Request) -> Response:
    """The administrator's work place begins with the partners."""
    guard.signed_in(request)
    raise Redirect(PAGE)


@router.get(PAGE)
async def clients(request: Request, done: str | None = None) -> Response:
    """Every registered site and system."""
    guard.signed_in(request)
    found = await load(request, "identity", PATH)
    return await render(
        request,
        "pages/clients/list.html",
        title="Партнёры",
        menu="clients",
        found=found,
        clients=[_client(item) for item in found.items],
        done=DONE.get(done or ""),
    )


@router.get(f"{PAGE}/new")
async def new(request: Request) -> Response:
    """The empty form; a partner usually asks for the name."""
    guard.signed_in(request)
    return await _form(request, Form(values={"scope_openid": "1", "scope_profile": "1"}))


@router.post(f"{PAGE}/new")
async def register(request: Request) -> Response:
    """Register; the secret stands on the answer and nowhere else."""
    guard.signed_in(request)
    form = await read_form(request)
    form.values = {**dict.fromkeys(FIELDS, ""), **form.values}
    try:
        made = await services_of(request).post("identity", PATH, _body(form))
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.take(problem)
        if problem.code == "client_taken":
            form.summary.clear()
            form.add("client_id", problem.detail)
        return await _form(request, form)
    return await _secret(request, made["client_id"], made["client_secret"], "Сайт зарегистрирован")


@router.post("/admin/clients/{client_id}/secret")
async def secret(request: Request, client_id: str) -> Response:
    """A new secret; the old one is worth nothing from now on."""
    guard.signed_in(request)
    made = await services_of(request).post("identity", f"{PATH}/{client_id}/secret")
    return await _secret(
        request, client_id, made["client_secret"], "Секрет сменён, прежний больше не действует"
    )


@router.post("/admin/clients/{client_id}/disable")
async def disable(request: Request, client_id: str) -> Response:
    """Nobody signs in there from now on."""
    guard.signed_in(request)
    await services_of(request).post("identity", f"{PATH}/{client_id}/disable")
    return see(f"{PAGE}?done=disabled")


@router.post("/admin/clients/{client_id}/enable")
async def enable(request: Request, client_id: str) -> Response:
    """Let it work again."""
    guard.signed_in(request)
    await services_of(request).post("identity", f"{PATH}/{client_id}/enable")
    return see(f"{PAGE}?done=enabled")


async def _form(request: Request, form: Form) -> Response:
    return await render(
        request,
        "pages/clients/new.html",
        title="Новый партнёр",
        menu="clients",
        status=form.status,
        form=form,
        scopes=SCOPES,
        signatures=SIGNATURES,
    )


async def _secret(request: Request, client_id: str, secret: str, done: str) -> Response:
    return await render(
        request,
        "pages/clients/secret.html",
        title="Секрет партнёра",
        menu="clients",
        client_id=client_id,
        secret=secret,
        done=done,
        issuer=request.app.state.settings.public_url,
    )


def _body(form: Form) -> dict[str, Any]:
    return {
        "client_id": form.get("client_id"),
        "title": form.get("title"),
        "purpose": form.get("purpose"),
        "scopes": [scope for scope in SCOPES if form.get(f"scope_{scope}")],
        "redirect_uris": form.get("redirect_uris").split(),
        "post_logout_redirect_uris": form.get("post_logout_redirect_uris").split(),
        "backchannel_logout_uri": form.get("backchannel_logout_uri") or None,
        SIGNATURE: form.get(SIGNATURE) or next(iter(SIGNATURES)),
    }


def _client(item: dict[str, Any]) -> dict[str, Any]:
    off = item["disabled_at"] is not None
    return {
        **item,
        "status": texts.Status("Отключён", "grey") if off else texts.Status("Работает", "green"),
        "off": off,
        "data": [SCOPES.get(scope, scope) for scope in item["scopes"]],
        # Whoever only exchanges data gets no id token.
        "signature": item[SIGNATURE] if "openid" in item["scopes"] else None,
        "created": texts.moment(item["created_at"]),
    }
