"""The tokens a person's client gets, the same for a code and for a refresh token."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.rules import API_LIFETIME, digest
from nmo_identity.oidc_provider.tables import ClientSession, IssuedToken, RefreshToken
from nmo_identity.standing.queries import standing_of
from nmo_kit.db import WriteSession


async def person_tokens(
    session: WriteSession,
    mint: Mint,
    row: AuthSession,
    names: ClientSession,
    *,
    family_id: UUID,
    scope: str,
    nonce: str | None,
    id_token_by: str,
    now: datetime,
) -> dict[str, Any]:
    """Access token; id token with `openid`; refresh token with `offline_access`. Rows tell revocation of them.

    `id_token_by` is the algorithm that the client reads.
    """
    jti = uuid4()
    access = await mint.api_for_person(row, names, scope=scope, jti=jti, now=now)
    session.add(
        IssuedToken(
            jti=jti,
            family_id=family_id,
            client_id=names.client_id,
            person_id=row.person_id,
            sid=row.sid,
            scope=scope,
            issued_at=now,
            expires_at=now + API_LIFETIME,
        )
    )
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(API_LIFETIME.total_seconds()),
        "scope": scope,
    }
    scopes = scope.split()
    if "openid" in scopes:
        standing = await standing_of(session, row.person_id)
        answer["id_token"] = await mint.id_token(
            standing,
            row,
            names,
            scope=scope,
            nonce=nonce,
            access_token=access,
            algorithm=id_token_by,
            now=now,
        )
    if "offline_access" in scopes:
        answer["refresh_token"] = _refresh_token(session, row, names, family_id, scope, now)
    return answer


def _refresh_token(
    session: WriteSession, row: AuthSession, names: ClientSession, family_id: UUID, scope: str, now: datetime
) -> str:
    """A refresh token that ends with the session; told this once, kept as its digest."""
    refresh = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            token_hash=digest(refresh),
            family_id=family_id,
            client_id=names.client_id,
            person_id=row.person_id,
            sid=row.sid,
            scope=scope,
            created_at=now,
            expires_at=row.expires_at,
        )
    )
    return refresh


async def revoke_family(session: WriteSession, family_id: UUID, *, now: datetime) -> None:
    """Revoke every token that came from one code."""
    issued, refresh = await queries.family_of(session, family_id)
    rows: list[IssuedToken | RefreshToken] = [*issued, *refresh]
    for row in rows:
        if row.revoked_at is None:
            row.revoked_at = now
            session.add(row)
