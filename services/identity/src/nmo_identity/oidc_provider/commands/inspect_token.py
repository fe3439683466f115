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
from nmo_identity.oidc_provider.rules import API_AUDIENCE, digest
from nmo_identity.standing.queries import standing_of
from nmo_kit.db import Database, ReadSession
from nmo_kit.errors import Unauthenticated
from nmo_kit.tokens import TokenVerifier


async def introspect(
    session: ReadSession, verifier: TokenVerifier, caller: Caller, token: str, *, issuer: str, now: datetime
) -> dict[str, Any]:
    """What a token is worth (RFC 7662), told only to the client it was given to, or to our own services.

    Raises:
        OAuthError: `invalid_client` for a public client, which anybody can pretend to be.
    """
    if caller.is_public:
        raise invalid_client()
    issued = await live_outside_token(session, verifier, token, now)
    if issued is None or not (caller.is_service or issued.client_id == caller.client_id):
        return {"active": False}
    subject = issued.client_id
    if issued.sid is not None:
        names = await queries.client_session(session, issued.sid, issued.client_id)
        if names is None or await live_session_by_id(session, issued.sid, now) is None:
            return {"active": False}
        subject = names.subject
    return {
        "active": True,
        "iss": issuer,
        "aud": API_AUDIENCE,
        "sub": subject,
        "client_id": issued.client_id,
        "scope": issued.scope,
        "token_type": "Bearer",
        "iat": int(issued.issued_at.timestamp()),
        "exp": int(issued.expires_at.timestamp()),
        "jti": str(issued.jti),
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
