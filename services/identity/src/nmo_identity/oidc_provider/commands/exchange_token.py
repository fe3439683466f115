"""Grant `token-exchange` (RFC 8693): the gateway turns a session or an outside token into a token for one service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from nmo_identity.login.queries import live_session, live_session_by_id
from nmo_identity.login.rules import digest
from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.client_auth import Caller
from nmo_identity.oidc_provider.errors import OAuthError, invalid_grant, invalid_request
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.rules import GATEWAY, INTERNAL_LIFETIME, SERVICES
from nmo_identity.oidc_provider.tables import IssuedToken
from nmo_identity.standing.queries import standing_of
from nmo_kit.db import Database, ReadSession
from nmo_kit.tokens import TokenRefused, TokenVerifier

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
SESSION_TYPE = "urn:nmo:params:oauth:token-type:session"
ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token"
OVER = "Сеанс завершён. Войдите в портал заново"


async def exchange_token(
    db: Database,
    mint: Mint,
    verifier: TokenVerifier,
    caller: Caller,
    form: Mapping[str, str],
    *,
    now: datetime,
) -> dict[str, Any]:
    """A 120-second token with one audience, carrying the person's standing as of now (security D4).

    `organization_id` may choose which of the person's organisations the token speaks for.

    Raises:
        OAuthError: `unauthorized_client` for everybody but the gateway; `invalid_grant` when the session is over or
            the token revoked; `invalid_target`, `invalid_request`.
    """
    if not caller.is_service or caller.client_id != GATEWAY:
        raise OAuthError("unauthorized_client", "Обмен токенов доступен только шлюзу")
    audience = form.get("audience", "")
    if audience not in SERVICES:
        raise OAuthError("invalid_target", "Неизвестный сервис")
    kind, subject = form.get("subject_token_type"), form.get("subject_token", "")
    async with db.read() as session:
        if kind == SESSION_TYPE:
            row = await live_session(session, digest(subject), now)
            token = await _for_session(session, mint, row, audience, GATEWAY, form, now)
        elif kind == ACCESS_TYPE:
            token = await _for_outside_token(session, mint, verifier, subject, audience, form, now)
        else:
            raise invalid_request("Неизвестный вид subject_token_type")
    return {
        "access_token": token,
        "issued_token_type": ACCESS_TYPE,
        "token_type": "Bearer",
        "expires_in": int(INTERNAL_LIFETIME.total_seconds()),
    }


async def _for_session(
    session: ReadSession,
    mint: Mint,
    row: AuthSession | None,
    audience: str,
    client_id: str,
    form: Mapping[str, str],
    now: datetime,
) -> str:
    if row is None:
        raise invalid_grant(OVER)
    try:
        wanted = UUID(form["organization_id"]) if form.get("organization_id") else None
        standing = await standing_of(
            session,
            row.person_id,
            organization_id=wanted,
            restrictions=row.restrictions,
            workplace=(row.workplace_role, row.workplace_organization_id),
        )
    except ValueError:
        raise invalid_request("Вы не состоите в этой организации") from None
    return await mint.for_person(
        standing, row, audience=audience, client_id=client_id, actor=GATEWAY, now=now
    )


async def _for_outside_token(
    session: ReadSession,
    mint: Mint,
    verifier: TokenVerifier,
    token: str,
    audience: str,
    form: Mapping[str, str],
    now: datetime,
) -> str:
    """The same for a bearer token given outside: it must be ours, live, and of a scope that opens the interface."""
    issued = await live_outside_token(session, verifier, token, now)
    if issued is None:
        raise invalid_grant(OVER)
    scopes = issued.scope.split()
    if issued.person_id is None:
        if "partner" not in scopes:
            raise invalid_grant("У токена нет прав партнёра")
        return await mint.for_partner(
            issued.client_id, issued.scope, audience=audience, actor=GATEWAY, now=now
        )
    if "api" not in scopes or issued.sid is None:
        raise invalid_grant("У токена нет права api")
    row = await live_session_by_id(session, issued.sid, now)
    return await _for_session(session, mint, row, audience, issued.client_id, form, now)


async def live_outside_token(
    session: ReadSession, verifier: TokenVerifier, token: str, now: datetime
) -> IssuedToken | None:
    """The row of a well-signed outside token that is neither over nor revoked, of a client in force; None otherwise."""
    try:
        claims = await verifier.verify(token)
        issued = await queries.live_issued(session, UUID(claims["jti"]), now)
    except (TokenRefused, ValueError):
        return None
    if issued is None or await queries.client_of(session, issued.client_id) is None:
        return None
    return issued
