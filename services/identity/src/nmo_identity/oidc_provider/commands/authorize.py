"""The authorisation endpoint: a signed-in person goes back to a registered client with a code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.login.queries import live_session_by_id
from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.errors import RedirectRefused
from nmo_identity.oidc_provider.rules import (
    CODE_LIFETIME,
    GATEWAY,
    digest,
    is_challenge,
    redirect_with,
    wanted_scopes,
)
from nmo_identity.oidc_provider.tables import AuthorizationCode, OidcClient
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import Unauthenticated
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal

MAX_STATE = 1024
PROMPTS = {"", "none", "login", "consent", "select_account"}


class _Refused(Exception):  # noqa: N818 leaves by redirect, is no fault
    """An error that goes to the client by redirect."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Request:
    client: OidcClient
    redirect_uri: str
    scope: str
    challenge: str
    nonce: str | None


async def authorize(
    session: WriteSession, query: Mapping[str, str], by: Principal | None, *, issuer: str, now: datetime
) -> str:
    """Address to send the browser to: with a code, or with the protocol's error (SSO-11, RFC 6749, RFC 9207).

    PKCE with S256 is demanded of every client; the redirect address must equal a registered one exactly. Writes the
    code and a journal row. `iss` and `state` go back in every answer.

    Raises:
        RedirectRefused: unknown client or address: the browser must not leave the portal.
        Unauthenticated: nobody is signed in and the client did not forbid asking.
    """
    client, redirect_uri = await _destination(session, query)
    answer: dict[str, str | None] = {"iss": issuer, "state": query.get("state")}
    try:
        request = _checked(client, redirect_uri, query)
        row = await _session_of(session, by, query, now)
        answer["code"] = await _give_code(session, request, row, now)
    except _Refused as refused:
        answer["error"] = refused.error
    return redirect_with(redirect_uri, answer)


async def _destination(session: WriteSession, query: Mapping[str, str]) -> tuple[OidcClient, str]:
    client = await queries.client_of(session, query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        raise RedirectRefused
    return client, redirect_uri


def _checked(client: OidcClient, redirect_uri: str, query: Mapping[str, str]) -> _Request:
    if "request" in query:
        raise _Refused("request_not_supported")
    if "request_uri" in query:
        raise _Refused("request_uri_not_supported")
    if query.get("response_type") != "code":
        raise _Refused("unsupported_response_type")
    if query.get("response_mode", "query") != "query" or len(query.get("state", "")) > MAX_STATE:
        raise _Refused("invalid_request")
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not is_challenge(challenge):
        raise _Refused("invalid_request")
    scopes = wanted_scopes(query.get("scope", ""), client.scopes)
    if not scopes or "partner" in scopes:
        raise _Refused("invalid_scope")
    nonce = query.get("nonce")
    if nonce is not None and len(nonce) > MAX_STATE:
        raise _Refused("invalid_request")
    return _Request(client, redirect_uri, " ".join(scopes), challenge, nonce)


async def _session_of(
    session: WriteSession, by: Principal | None, query: Mapping[str, str], now: datetime
) -> AuthSession:
    """The browser's live session, young enough for the client's wish."""
    prompts = set(query.get("prompt", "").split()) or {""}
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise _Refused("invalid_request")
    if by is None or by.client_id != GATEWAY or not by.sid:
        # A token given to another client must not fetch codes: only the browser's own session may.
        if "none" in prompts:
            raise _Refused("login_required")
        raise Unauthenticated
    row = await live_session_by_id(session, UUID(by.sid), now)
    if row is None or str(row.person_id) != by.sub:
        if "none" in prompts:
            raise _Refused("login_required")
        raise Unauthenticated
    _check_age(row, query, prompts, now)
    person = await read_person(session, row.person_id)
    if not person.confirmed or row.restrictions:
        raise _Refused("access_denied")
    return row


def _check_age(row: AuthSession, query: Mapping[str, str], prompts: set[str], now: datetime) -> None:
    limit = query.get("max_age", "")
    if limit and not limit.isdigit():
        raise _Refused("invalid_request")
    if limit and now - row.auth_time > timedelta(seconds=min(int(limit), 10**8)):
        raise _Refused("login_required")
    if "login" in prompts and now - row.auth_time > timedelta(minutes=5):
        raise _Refused("login_required")


async def _give_code(session: WriteSession, request: _Request, row: AuthSession, now: datetime) -> str:
    code = secrets.token_urlsafe(32)
    session.add(
        AuthorizationCode(
            code_hash=digest(code),
            family_id=uuid7(),
            client_id=request.client.client_id,
            redirect_uri=request.redirect_uri,
            person_id=row.person_id,
            sid=row.sid,
            scope=request.scope,
            nonce=request.nonce,
            code_challenge=request.challenge,
            created_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    )
    await journal.record(
        session,
        actor=str(row.person_id),
        action="oidc.authorized",
        object_=f"client/{request.client.client_id}",
        person_id=row.person_id,
        fields=request.scope.split(),
    )
    return code
