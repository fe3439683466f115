"""Token and userinfo endpoints of the plain OIDC provider."""

import base64
import binascii
import hmac
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from nmo_sandbox.oidc.clients import Client
from nmo_sandbox.oidc.core import TOKEN_SECONDS, Grant, Provider, challenge_of, fresh_token


class TokenError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.body = {"error": error, "error_description": description}
        self.status = status
        super().__init__(description)


async def token(provider: Provider, request: Request) -> Response:
    """Exchange a code for tokens; refusals are RFC 6749 JSON."""
    if provider.faults.on("html_error"):
        return HTMLResponse("<!doctype html><title>500</title><h1>Internal Server Error</h1>", 500)
    try:
        return JSONResponse(_exchange(provider, request, await _form(request)))
    except TokenError as refusal:
        challenge = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else None  # noqa: PLR2004 HTTP status
        return JSONResponse(refusal.body, refusal.status, challenge)


def userinfo(provider: Provider, request: Request) -> Response:
    """Return the claims the access token's scopes show; 401 for an unknown or expired token."""
    if provider.faults.on("html_error"):
        return HTMLResponse("<!doctype html><title>500</title><h1>Internal Server Error</h1>", 500)
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    grant = provider.tokens.get(shown.strip()) if scheme.lower() == "bearer" else None
    if grant is None or grant.expires <= provider.clock.seconds():
        body = {"error": "invalid_token"}
        return JSONResponse(body, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return JSONResponse(provider.claims(grant))


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise TokenError("invalid_request", "the body must be a form")
    form: dict[str, str] = {}
    for name, value in parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True):
        if name in form:
            raise TokenError("invalid_request", f"repeated parameter {name}")
        form[name] = value
    return form


def _exchange(provider: Provider, request: Request, form: dict[str, str]) -> dict[str, Any]:
    client_id, client = _client(provider, request, form)
    if form.get("grant_type") != "authorization_code":
        raise TokenError("unsupported_grant_type", "only authorization_code is supported")
    grant = provider.codes.get(form.get("code", ""))
    if grant is None or grant.asked.client_id != client_id:
        raise TokenError("invalid_grant", "the code is unknown")
    if grant.used:
        provider.tokens.pop(grant.token, None)
        raise TokenError("invalid_grant", "the code was used before; its token is revoked")
    _check(provider, grant, form)
    grant.used, grant.token = True, fresh_token()
    now = provider.clock.seconds()
    provider.tokens[grant.token] = Grant(
        grant.asked, grant.key, grant.auth_time, now + TOKEN_SECONDS, grant.sid
    )
    answer = {
        "access_token": grant.token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(grant.asked.scopes),
    }
    if not provider.faults.on("no_id_token"):
        answer["id_token"] = provider.id_token(client, grant)
    return answer


def _check(provider: Provider, grant: Grant, form: dict[str, str]) -> None:
    if provider.faults.on("expired_code") or grant.expires <= provider.clock.seconds():
        raise TokenError("invalid_grant", "the code has expired")
    if form.get("redirect_uri") != grant.asked.redirect_uri:
        raise TokenError("invalid_grant", "the redirect_uri differs")
    verifier = form.get("code_verifier", "")
    if grant.asked.challenge:
        if not hmac.compare_digest(challenge_of(verifier), grant.asked.challenge):
            raise TokenError("invalid_grant", "the code verifier does not match")
    elif verifier:
        raise TokenError("invalid_grant", "a verifier without a challenge")


def _client(provider: Provider, request: Request, form: dict[str, str]) -> tuple[str, Client]:
    client_id, secret = form.get("client_id", ""), form.get("client_secret")
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if secret is not None:
            raise TokenError("invalid_request", "two ways of client authentication")
        client_id, secret = _basic(credentials)
    client = provider.clients.get(client_id)
    if client is None or not client.knows(secret):
        raise TokenError("invalid_client", "the client is unknown or its secret is wrong", 401)
    return client_id, client


def _basic(credentials: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise TokenError("invalid_client", "the authorization header can't be read", 401) from wrong
    return unquote_plus(name), unquote_plus(secret)
