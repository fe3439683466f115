"""Grant `client_credentials`: our services towards each other, partners' systems towards the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from nmo_identity.oidc_provider.client_auth import Caller
from nmo_identity.oidc_provider.errors import OAuthError
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.rules import (
    API_AUDIENCE,
    API_LIFETIME,
    INTERNAL_LIFETIME,
    PERSON_SCOPES,
    may_call,
    wanted_scopes,
)
from nmo_identity.oidc_provider.tables import IssuedToken, OidcClient
from nmo_kit.db import Database
from nmo_kit.ids import uuid7


async def client_token(
    db: Database, mint: Mint, caller: Caller, form: Mapping[str, str], *, now: datetime
) -> dict[str, Any]:
    """A token in the caller's own name.

    Raises:
        OAuthError: `invalid_target` for a service that may not ask this one; `unauthorized_client`, `invalid_scope`.
    """
    if caller.client is None:
        audience = form.get("audience", "")
        if not may_call(caller.client_id, audience):
            raise OAuthError("invalid_target", "Этому сервису не нужен доступ к запрошенному")
        token = await mint.for_service(caller.client_id, audience, now=now)
        return _answer(token, int(INTERNAL_LIFETIME.total_seconds()))
    return await _partner_token(db, mint, caller.client, form, now)


async def _partner_token(
    db: Database, mint: Mint, client: OidcClient, form: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    if client.kind != "confidential":
        raise OAuthError("unauthorized_client", "Этот клиент не может получать токены от своего имени")
    if form.get("audience", API_AUDIENCE) != API_AUDIENCE:
        raise OAuthError("invalid_target", "Партнёру доступен только внешний интерфейс")
    own = [scope for scope in client.scopes if scope not in PERSON_SCOPES]
    scopes = wanted_scopes(form.get("scope") or " ".join(own), own)
    if not scopes:
        raise OAuthError("invalid_scope", "У клиента нет запрошенных прав")
    jti, scope = uuid4(), " ".join(scopes)
    async with db.write() as session:
        session.add(
            IssuedToken(
                jti=jti,
                family_id=uuid7(),
                client_id=client.client_id,
                scope=scope,
                issued_at=now,
                expires_at=now + API_LIFETIME,
            )
        )
    token = await mint.api_for_partner(client.client_id, scope, jti=jti, now=now)
    return {**_answer(token, int(API_LIFETIME.total_seconds())), "scope": scope}


def _answer(token: str, expires_in: int) -> dict[str, Any]:
    return {"access_token": token, "token_type": "Bearer", "expires_in": expires_in}
