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
from nmo_sandbox.oidc.logout import end_session
from nmo_sandbox.oidc.sessions import COOKIE, Session

LOGIN_PATH = "/login"
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_SECONDS = re.compile(r"[0-9]{1,9}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_DISCLOSED = {
    "profile": "ФИО, дата рождения, пол",
    "email": "адрес электронной почты",
    "phone": "номер телефона",
    "snils": "СНИЛС",
}
_WRONG = "Неверный логин или пароль. Логин — ключ человека из списка, пароль у всех один: sandbox"


def authorize(provider: Provider, request: Request) -> Response:
    """Check a request; a live session that is recent enough goes straight back, else the sign-in page comes.

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
    session = provider.sessions.of(request.cookies.get(COOKIE, ""), now)
    if session is not None and not _must_ask(provider, query, session, now):
        return _granted(provider, asked, session, now)
    if "none" in _prompts(query):
        refused = {"error": "login_required", "error_description": "somebody has to be asked"}
        return _back(provider, address, state, refused)
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


async def answer(provider: Provider, request: Request, posted: FormData) -> Response:
    """Take the sign-in form. Whoever signs in again keeps the session; of another person the old one ends first."""
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
    handle = request.cookies.get(COOKIE, "")
    session = provider.sessions.of(handle, now)
    if session is None or session.key != person.key:
        await end_session(provider, handle)
        handle, session = provider.sessions.open(person.key, now)
    session.auth_time = now
    response = _granted(provider, asked, session, now)
    response.set_cookie(COOKIE, handle, httponly=True, samesite="lax", path="/")
    return response


def _granted(provider: Provider, asked: Asked, session: Session, now: int) -> Response:
    """Send a code of the session back; the system is told when the session ends."""
    code = fresh_token()
    live = {key: kept for key, kept in provider.codes.items() if kept.expires + CODE_SECONDS * 10 > now}
    grant = Grant(asked, session.key, session.auth_time, now + CODE_SECONDS, session.sid)
    provider.codes = live | {code: grant}
    session.clients.add(asked.client_id)
    return _back(provider, asked.redirect_uri, asked.state, {"code": code})


def _prompts(query: QueryParams) -> set[str]:
    return set(query.get("prompt", "").split())


def _must_ask(provider: Provider, query: QueryParams, session: Session, now: int) -> bool:
    """Whether the password has to be typed in spite of the session (OpenID Connect Core 3.1.2.1)."""
    if provider.faults.on("ignores_prompt"):
        return False
    if _prompts(query) & {"login", "select_account"}:
        return True
    most = query.get("max_age")
    return most is not None and (int(most) == 0 or now - session.auth_time > int(most))


def _error(client: Client, query: QueryParams) -> tuple[str, str] | None:
    """Return the first fault of a request as error and description."""
    challenge = query.get("code_challenge")
    proof_is_sound = query.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(challenge or "")
    prompts, max_age = _prompts(query), query.get("max_age", "0")
    faults = (
        (len(query.multi_items()) != len(set(query.keys())), "invalid_request", "a repeated parameter"),
        (query.get("response_type") != "code", "unsupported_response_type", "only code is supported"),
        ("openid" not in query.get("scope", "").split(), "invalid_scope", "the scope must have openid"),
        (not prompts <= PROMPTS, "invalid_request", "an unknown prompt"),
        ("none" in prompts and len(prompts) > 1, "invalid_request", "none and another prompt"),
        (not _SECONDS.fullmatch(max_age), "invalid_request", "max_age is a number of seconds"),
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
