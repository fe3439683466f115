"""Introspection, revocation and userinfo of tokens given outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nmo_identity.login.queries import live_session_by_id
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.client_auth import Caller
from nmo_identity.oidc_provider.commands.exchange_token import live_outside_token
from nmo_identity.oidc_provider.commands.token_answer import revoke_family
from nmo_identity.oidc_provider.errors import invalid_client
from nmo_identity.oidc_provider.minting import person_claims
from nmo_identity.oidc_provider.rules import API_AUDIENCE, digest, refresh_verdict
from nmo_identity.oidc_provider.tables import IssuedToken, RefreshToken
from nmo_identity.standing.queries import standing_of
from nmo_kit.db import Database, ReadSession
from nmo_kit.errors import Unauthenticated
from nmo_kit.tokens import TokenVerifier


async def introspect(
    session: ReadSession, verifier: TokenVerifier, caller: Caller, token: str, *, issuer: str, now: datetime
) -> dict[str, Any]:
    """What a token is worth (RFC 7662), told only to the client it was given to; of access tokens our own services too.

    Raises:
        OAuthError: `invalid_client` for a public client, which anybody can pretend to be.
    """
    if caller.is_public:
        raise invalid_client()
    refresh = await _live_refresh(session, caller, token, now)
    if refresh is not None:
        return await _told(session, refresh, issuer=issuer, issued_at=refresh.created_at, now=now)
    issued = await live_outside_token(session, verifier, token, now)
    if issued is None or not (caller.is_service or issued.client_id == caller.client_id):
        return {"active": False}
    told = await _told(session, issued, issuer=issuer, issued_at=issued.issued_at, now=now)
    if told["active"]:
        told |= {"aud": API_AUDIENCE, "token_type": "Bearer", "jti": str(issued.jti)}
    return told


async def _live_refresh(
    session: ReadSession, caller: Caller, token: str, now: datetime
) -> RefreshToken | None:
    """The caller's own refresh token while it can be used.

    Nobody else's, our services' neither: whoever guards a resource must never take one for an access token.
    """
    row = await queries.refresh_token(session, digest(token))
    if row is None or row.client_id != caller.client_id:
        return None
    verdict = refresh_verdict(
        consumed_at=row.consumed_at, revoked_at=row.revoked_at, expires_at=row.expires_at, arrived_at=now
    )
    return row if verdict == "use" else None


async def _told(
    session: ReadSession, row: IssuedToken | RefreshToken, *, issuer: str, issued_at: datetime, now: datetime
) -> dict[str, Any]:
    """What both kinds of tokens tell, with the client's own name of the person; inactive once the session is over."""
    subject = row.client_id
    if row.sid is not None:
        names = await queries.client_session(session, row.sid, row.client_id)
        if names is None or await live_session_by_id(session, row.sid, now) is None:
            return {"active": False}
        subject = names.subject
    return {
        "active": True,
        "iss": issuer,
        "sub": subject,
        "client_id": row.client_id,
        "scope": row.scope,
        "iat": int(issued_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
    }


async def revoke(db: Database, verifier: TokenVerifier, caller: Caller, token: str, *, now: datetime) -> None:
    """Revoke a token of the caller's (RFC 7009); a refresh token takes its family along. Unknown ones are no error."""
    async with db.write() as session:
        refresh = await queries.refresh_for_update(session, digest(token))
        if refresh is not None:
            if refresh.client_id == caller.client_id:
                await revoke_family(session, refresh.family_id, now=now)
            return
        issued = await live_outside_token(session, verifier, token, now)
        if issued is not None and issued.client_id == caller.client_id:
            issued.revoked_at = now
            session.add(issued)


async def userinfo(
    session: ReadSession, verifier: TokenVerifier, authorization: str | None, *, now: datetime
) -> Mapping[str, Any]:
    """Claims about the person behind an access token with scope `openid` (OpenID Connect Core 5.3).

    Raises:
        Unauthenticated: no token, or one that is over, revoked or of another scope.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
    issued = await live_outside_token(session, verifier, token.strip(), now)
    if (
        issued is None
        or issued.person_id is None
        or issued.sid is None
        or "openid" not in issued.scope.split()
    ):
        raise Unauthenticated(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    names = await queries.client_session(session, issued.sid, issued.client_id)
    if names is None or await live_session_by_id(session, issued.sid, now) is None:
        raise Unauthenticated(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    standing = await standing_of(session, issued.person_id)
    return person_claims(standing, issued.scope, subject=names.subject)
