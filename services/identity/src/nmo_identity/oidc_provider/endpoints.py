"""Routes of the provider. Their forms and errors are those of the protocols, not of the portal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.oidc_provider.client_auth import Caller, ClientAuthenticator
from nmo_identity.oidc_provider.commands.authorize import authorize
from nmo_identity.oidc_provider.commands.client_token import client_token
from nmo_identity.oidc_provider.commands.exchange_code import exchange_code, refresh
from nmo_identity.oidc_provider.commands.exchange_token import GRANT as TOKEN_EXCHANGE
from nmo_identity.oidc_provider.commands.exchange_token import exchange_token
from nmo_identity.oidc_provider.commands.inspect_token import introspect, revoke, userinfo
from nmo_identity.oidc_provider.deps import KeyRingDep, MintDep, OutsideDep, ServiceKeysDep
from nmo_identity.oidc_provider.discovery import discovery
from nmo_identity.oidc_provider.documentation import ELSEWHERE, OAUTH_ERRORS
from nmo_identity.oidc_provider.documentation import form as form_of
from nmo_identity.oidc_provider.errors import OAuthError, RedirectRefused, RequestOver, invalid_request
from nmo_identity.oidc_provider.minting import Mint
from nmo_kit import clock
from nmo_kit.auth import MaybePrincipal, action
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import problems
from nmo_kit.tokens import TokenVerifier

router = APIRouter(tags=["oauth2"])
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
JWKS_CACHE = {"Cache-Control": "public, max-age=300"}


async def _form(request: Request) -> dict[str, str]:
    """The form's fields, each at most once."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise invalid_request("Параметры передаются как application/x-www-form-urlencoded")
    async with request.form(max_files=0, max_fields=40) as form:
        return _once([(name, str(value)) for name, value in form.multi_items()])


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid_request("Параметр передан дважды")
    return found


async def _caller(request: Request, form: Mapping[str, str], db: DatabaseDep, keys: ServiceKeysDep) -> Caller:
    settings = request.app.state.settings
    authenticator = ClientAuthenticator(db, keys, settings.public_url)
    return await authenticator.authenticate(form, request.headers.get("authorization"), now=clock.now())


def _refusal(error: OAuthError) -> Response:
    headers = dict(NO_STORE)
    if error.status == 401:  # noqa: PLR2004 HTTP
        headers["WWW-Authenticate"] = 'Basic realm="oauth2"'
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)


@router.get("/.well-known/openid-configuration")
@action("identity.oidc.discovery")
async def configuration(settings: SettingsDep) -> dict[str, Any]:
    """The discovery document."""
    return discovery(settings.public_url)


@router.get("/oauth2/jwks")
@action("identity.oidc.jwks")
async def jwks(keyring: KeyRingDep) -> Response:
    """Public keys that verify our tokens."""
    return JSONResponse(dict(await keyring.jwks()), headers=JWKS_CACHE)


@router.get("/internal/keys")
@action("identity.keys.read")
async def trusted(keyring: KeyRingDep, response: Response) -> dict[str, Any]:
    """What our own services verify tokens by: public keys, and the sessions that ended lately."""
    response.headers.update(NO_STORE)
    return dict(await keyring.trust())


@router.get(
    "/oauth2/authorize", status_code=302, responses=problems(RedirectRefused, RequestOver) | ELSEWHERE
)
@action("identity.oidc.authorize")
async def authorization(
    request: Request, session: WriteDep, principal: MaybePrincipal, settings: SettingsDep
) -> Response:
    """Send the signed-in person back to the client with a code (code flow, PKCE S256)."""
    try:
        query = _once(request.query_params.multi_items())
    except OAuthError as error:
        raise RedirectRefused(error.description) from error
    url = await authorize(session, query, principal, issuer=settings.public_url, now=clock.now())
    return RedirectResponse(url, 302, headers={**NO_STORE, "Referrer-Policy": "no-referrer"})


@router.post(
    "/oauth2/token",
    responses=OAUTH_ERRORS,
    openapi_extra=form_of(
        "grant_type", also=("code", "redirect_uri", "code_verifier", "refresh_token", "scope")
    ),
)
@action("identity.oidc.token")
async def token(
    request: Request,
    db: DatabaseDep,
    keys: ServiceKeysDep,
    mint: MintDep,
    outside: OutsideDep,
    cipher: CipherDep,
) -> Response:
    """Tokens for a code, a refresh token, a client's own name, or (the gateway alone) a session."""
    arrived_at = clock.now()
    try:
        form = await _form(request)
        caller = await _caller(request, form, db, keys)
        answer = await _granted(form, caller, db, mint, outside, cipher, arrived_at)
    except OAuthError as error:
        return _refusal(error)
    return JSONResponse(answer, headers=NO_STORE)


async def _granted(
    form: Mapping[str, str],
    caller: Caller,
    db: DatabaseDep,
    mint: Mint,
    outside: TokenVerifier,
    cipher: FieldCipher,
    now: datetime,
) -> dict[str, Any]:
    grant = form.get("grant_type")
    if grant == TOKEN_EXCHANGE:
        return await exchange_token(db, mint, outside, caller, form, now=now)
    if grant == "authorization_code":
        return await exchange_code(db, mint, cipher, caller, form, now=now)
    if grant == "refresh_token":
        return await refresh(db, mint, cipher, caller, form, now=now)
    if grant == "client_credentials":
        return await client_token(db, mint, caller, form, now=now)
    raise OAuthError("unsupported_grant_type", "Такой способ получения токена не поддерживается")


@router.get("/oauth2/userinfo")
@router.post("/oauth2/userinfo")
@action("identity.oidc.userinfo")
async def user_information(request: Request, session: ReadDep, outside: OutsideDep) -> Response:
    """Claims about the person behind an access token."""
    claims = await userinfo(session, outside, request.headers.get("authorization"), now=clock.now())
    return JSONResponse(dict(claims), headers=NO_STORE)


@router.post("/oauth2/introspect", responses=OAUTH_ERRORS, openapi_extra=form_of("token"))
@action("identity.oidc.introspect")
async def introspection(
    request: Request, db: DatabaseDep, session: ReadDep, keys: ServiceKeysDep, outside: OutsideDep
) -> Response:
    """What a token is worth."""
    try:
        form = await _form(request)
        caller = await _caller(request, form, db, keys)
        issuer = request.app.state.settings.public_url
        answer = await introspect(
            session, outside, caller, form.get("token", ""), issuer=issuer, now=clock.now()
        )
    except OAuthError as error:
        return _refusal(error)
    return JSONResponse(answer, headers=NO_STORE)


@router.post("/oauth2/revoke", responses=OAUTH_ERRORS, openapi_extra=form_of("token"))
@action("identity.oidc.revoke")
async def revocation(
    request: Request, db: DatabaseDep, keys: ServiceKeysDep, outside: OutsideDep
) -> Response:
    """Revoke a token."""
    try:
        form = await _form(request)
        caller = await _caller(request, form, db, keys)
        await revoke(db, outside, caller, form.get("token", ""), now=clock.now())
    except OAuthError as error:
        return _refusal(error)
    return Response(status_code=200, headers=NO_STORE)
