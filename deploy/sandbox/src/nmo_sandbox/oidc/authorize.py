"""Authorization endpoint and sign-in page of the plain OIDC provider."""

import re
import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_sandbox.common.login import PASSWORD, Choice, Form
from nmo_sandbox.common.pages import message
from nmo_sandbox.oidc.clients import SCOPES, Client
from nmo_sandbox.oidc.core import CODE_SECONDS, REQUEST_SECONDS, Asked, Grant, Provider, fresh_token

LOGIN_PATH = "/login"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_DISCLOSED = {
    "profile": "ФИО, дата рождения, пол",
    "email": "адрес электронной почты",
    "phone": "номер телефона",
    "snils": "СНИЛС",
}
_WRONG = "Неверный логин или пароль. Логин — ключ человека из списка, пароль у всех один: sandbox"


def authorize(provider: Provider, request: Request) -> Response:
    """Check a request and show the way to the sign-in page.

    An unknown client or redirect address is told on the provider's own page; other faults go back to the client.
    """
    query = request.query_params
    client = provider.clients.get(query.get("client_id", ""))
    address = query.get("redirect_uri", "")
    if client is None or address not in client.redirect_uris:
        return message("Вход невозможен", "Система или её адрес возврата не зарегистрированы.", status=400)
    state = query.get("state", "")
    error = _error(client, query)
    if error:
        return _back(provider, address, state, {"error": error[0], "error_description": error[1]})
    now = provider.clock.seconds()
    asked = Asked(
        client_id=query["client_id"],
        redirect_uri=address,
        scopes=tuple(scope for scope in query["scope"].split() if scope in SCOPES and scope in client.scopes),
        state=state,
        nonce=query.get("nonce", ""),
        challenge=query.get("code_challenge", ""),
        expires=now + REQUEST_SECONDS,
    )
    number = secrets.token_urlsafe(24)
    provider.asked = {key: kept for key, kept in provider.asked.items() if kept.expires > now} | {
        number: asked
    }
    response = RedirectResponse(f"{LOGIN_PATH}?{urlencode({'request': number})}", 302)
    provider.binding.set(response, provider.binding.secret(request))
    return response


def show(provider: Provider, request: Request) -> Response:
    """Show the sign-in page."""
    number = request.query_params.get("request", "")
    asked = _live(provider, number)
    if asked is None:
        return _gone()
    return _form(provider, request, number, asked).show(
        _choices(provider), login=request.query_params.get("person", "")
    )


def answer(provider: Provider, request: Request, posted: FormData) -> Response:
    """Take the sign-in form."""
    given = {name: value for name, value in posted.items() if isinstance(value, str)}
    number = given.get("request", "")
    asked = _live(provider, number)
    if asked is None or not provider.binding.fits(request, number, given.get("token", "")):
        return _gone()
    if given.get("decision") == "deny":
        del provider.asked[number]
        refused = {"error": "access_denied", "error_description": "the user refused"}
        return _back(provider, asked.redirect_uri, asked.state, refused)
    person = provider.people.get(given.get("login", "").strip())
    if person is None or given.get("password") != PASSWORD:
        form = _form(provider, request, number, asked)
        return form.show(_choices(provider), login=given.get("login", ""), error=_WRONG)
    del provider.asked[number]
    now = provider.clock.seconds()
    code = fresh_token()
    live = {key: kept for key, kept in provider.codes.items() if kept.expires + CODE_SECONDS * 10 > now}
    provider.codes = live | {code: Grant(asked, person.key, now, now + CODE_SECONDS)}
    return _back(provider, asked.redirect_uri, asked.state, {"code": code})


def _error(client: Client, query: QueryParams) -> tuple[str, str] | None:
    """Return the first fault of a request as error and description."""
    challenge = query.get("code_challenge")
    proof_is_sound = query.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(challenge or "")
    faults = (
        (len(query.multi_items()) != len(set(query.keys())), "invalid_request", "a repeated parameter"),
        (query.get("response_type") != "code", "unsupported_response_type", "only code is supported"),
        ("openid" not in query.get("scope", "").split(), "invalid_scope", "the scope must have openid"),
        (query.get("prompt") == "none", "login_required", "the provider always asks"),
        (challenge is None and client.require_pkce, "invalid_request", "code_challenge is required"),
        (challenge is not None and not proof_is_sound, "invalid_request", "code_challenge must be S256"),
    )
    return next(((error, description) for wrong, error, description in faults if wrong), None)


def _live(provider: Provider, number: str) -> Asked | None:
    asked = provider.asked.get(number)
    return asked if asked and asked.expires > provider.clock.seconds() else None


def _gone() -> Response:
    text = "Запрос на вход устарел, уже выполнен или начат в другом браузере. Вернитесь в систему и начните вход заново."
    return message("Начните вход заново", text, status=400)


def _choices(provider: Provider) -> list[Choice]:
    return [
        Choice(
            person.key,
            " ".join(filter(None, (person.last_name, person.first_name, person.patronymic))),
            person.description,
        )
        for person in provider.people.values()
    ]


def _form(provider: Provider, request: Request, number: str, asked: Asked) -> Form:
    client = provider.clients.get(asked.client_id)
    return Form(
        action=LOGIN_PATH,
        heading="Вход через внешний портал",
        banner="Это учебный стенд: условный внешний портал.",
        system=(client.title if client else "") or asked.client_id,
        disclosed=", ".join(_DISCLOSED[scope] for scope in asked.scopes if scope in _DISCLOSED)
        or "только факт входа",
        request_id=number,
        token=provider.binding.token(provider.binding.secret(request), number),
    )


def _back(provider: Provider, address: str, state: str, answered: dict[str, str]) -> Response:
    echoed = provider.faults.text("wrong_state") or state
    issuer = provider.faults.text("wrong_response_issuer") or provider.issuer
    full = answered | ({"state": echoed} if echoed else {}) | {"iss": issuer}
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode(full)) if part)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)
