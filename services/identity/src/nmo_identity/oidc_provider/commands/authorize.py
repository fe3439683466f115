"""The authorisation endpoint: a signed-in person goes back to a registered client with a code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.login.queries import live_session_by_id
from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.errors import RedirectRefused, RequestOver
from nmo_identity.oidc_provider.request import Refused, Request, check_request
from nmo_identity.oidc_provider.rules import (
    CODE_LIFETIME,
    GATEWAY,
    REQUEST_LIFETIME,
    digest,
    login_due,
    redirect_with,
)
from nmo_identity.oidc_provider.tables import AuthorizationCode, AuthorizationRequest, OidcClient
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import Unauthenticated
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal

AGAIN = "resume"
"""Parameter by which a browser comes back to a request that waited for a new sign-in."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The request as it is answered now: fresh from the client, or one that has waited."""

    query: Mapping[str, str]
    client: OidcClient
    redirect_uri: str
    login_after: datetime | None = None
    waiting: AuthorizationRequest | None = None


async def authorize(
    session: WriteSession, query: Mapping[str, str], by: Principal | None, *, issuer: str, now: datetime
) -> str:
    """Where to send the browser: to the client with a code or an error, or to a page of the portal that asks first.

    PKCE with S256 is demanded of every client; the redirect address must equal a registered one exactly. A partner's
    portal gets a code only for scopes the person has agreed to (SSO-11, RFC 6749, RFC 9207). `prompt=login` and
    `max_age` make the person prove anew who they are. Writes the code or the waiting request, and a journal row. `iss`
    and `state` go back in every answer.

    Raises:
        RedirectRefused: unknown client or address: the browser must not leave the portal.
        RequestOver: the request that the browser comes back to is another person's, answered, or too old.
        Unauthenticated: nobody is signed in and the client did not forbid asking.
    """
    held = await _held(session, query, by, now)
    answer: dict[str, str | None] = {"iss": issuer, "state": held.query.get("state")}
    try:
        request = check_request(held.client, held.query)
        row = await _session_of(session, by, request, now)
        asked = await _question(session, held, request, row, issuer, now)
        if asked is not None:
            return asked
        if held.waiting is not None:
            held.waiting.decided_at = now
            session.add(held.waiting)
        answer["code"] = await give_code(session, request, held.redirect_uri, row, now)
    except Refused as refused:
        answer["error"] = refused.error
    return redirect_with(held.redirect_uri, answer)


async def _held(
    session: WriteSession, query: Mapping[str, str], by: Principal | None, now: datetime
) -> _Held:
    if AGAIN in query:
        if by is None:
            raise Unauthenticated
        waiting = await waiting_request(session, query[AGAIN], by, now)
        client, uri = await destination(session, waiting.query)
        return _Held(waiting.query, client, uri, waiting.login_after, waiting)
    client, uri = await destination(session, query)
    return _Held(query, client, uri)


async def destination(session: WriteSession, query: Mapping[str, str]) -> tuple[OidcClient, str]:
    """The client and its registered address.

    Raises:
        RedirectRefused: one of them is unknown.
    """
    client = await queries.client_of(session, query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        raise RedirectRefused
    return client, redirect_uri


async def waiting_request(
    session: WriteSession, request_id: str, by: Principal, now: datetime
) -> AuthorizationRequest:
    """The request that waits for this person in this session, locked.

    Raises:
        RequestOver: there is none.
    """
    try:
        row = await queries.request_for_update(session, UUID(request_id))
    except ValueError:
        raise RequestOver from None
    # A token given to another client must not answer for the person: only the browser's own session may.
    own = row is not None and (str(row.person_id), str(row.sid), GATEWAY) == (by.sub, by.sid, by.client_id)
    if row is None or not own or row.decided_at is not None or row.expires_at <= now:
        raise RequestOver
    return row


async def _session_of(
    session: WriteSession, by: Principal | None, request: Request, now: datetime
) -> AuthSession:
    """The live session of a confirmed person; one that owes a step opens nothing else."""
    row = None
    if by is not None and by.client_id == GATEWAY and by.sid:
        # A token given to another client must not fetch codes: only the browser's own session may.
        row = await live_session_by_id(session, UUID(by.sid), now)
    if row is None or by is None or str(row.person_id) != by.sub:
        if "none" in request.prompts:
            raise Refused("login_required")
        raise Unauthenticated
    if row.restrictions:
        # The portal's own pages lead through the steps before they come here.
        raise Refused("interaction_required" if "none" in request.prompts else "access_denied")
    if not (await read_person(session, row.person_id)).confirmed:
        raise Refused("access_denied")
    return row


async def _question(
    session: WriteSession, held: _Held, request: Request, row: AuthSession, issuer: str, now: datetime
) -> str | None:
    """Page of the portal that must come first; None when the person has nothing to be asked."""
    due = login_due(
        row.auth_time,
        prompts=request.prompts,
        max_age=request.max_age,
        login_after=held.login_after,
        now=now,
    )
    if due:
        if "none" in request.prompts:
            raise Refused("login_required")
        waiting = await _wait(session, replace(held, login_after=held.login_after or now), row, now)
        back = "/oauth2/authorize?" + urlencode({AGAIN: str(waiting.id)})
        return f"{issuer}/login/confirm?return_to={quote(back, safe='')}"
    if held.client.first_party or ("consent" not in request.prompts and await _agreed(session, request, row)):
        return None
    if "none" in request.prompts:
        raise Refused("consent_required")
    return f"{issuer}/portals/{(await _wait(session, held, row, now)).id}"


async def _agreed(session: WriteSession, request: Request, row: AuthSession) -> bool:
    grant = await queries.live_grant(session, row.person_id, request.client.client_id)
    return grant is not None and set(request.scopes) <= set(grant.scopes)


async def _wait(session: WriteSession, held: _Held, row: AuthSession, now: datetime) -> AuthorizationRequest:
    waiting = held.waiting or AuthorizationRequest(
        person_id=row.person_id,
        sid=row.sid,
        client_id=held.client.client_id,
        query=dict(held.query),
        login_after=held.login_after,
        created_at=now,
        expires_at=now + REQUEST_LIFETIME,
    )
    session.add(waiting)
    await session.flush()
    return waiting


async def give_code(
    session: WriteSession, request: Request, redirect_uri: str, row: AuthSession, now: datetime
) -> str:
    """Write a code for the client and its journal row; the code itself is told this once."""
    code = secrets.token_urlsafe(32)
    session.add(
        AuthorizationCode(
            code_hash=digest(code),
            family_id=uuid7(),
            client_id=request.client.client_id,
            redirect_uri=redirect_uri,
            person_id=row.person_id,
            sid=row.sid,
            scope=" ".join(request.scopes),
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
        fields=request.scopes,
    )
    return code
