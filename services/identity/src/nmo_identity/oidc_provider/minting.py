"""Making tokens: access tokens of RFC 9068 for services and partners, id tokens of OpenID Connect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from joserfc import jws

from nmo_identity.accounts.rules import full_name
from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_identity.oidc_provider.rules import (
    API_AUDIENCE,
    API_LIFETIME,
    ID_TOKEN_LIFETIME,
    INTERNAL_LIFETIME,
    LOGOUT_EVENT,
    LOGOUT_LIFETIME,
    at_hash,
)
from nmo_identity.oidc_provider.tables import ES256, ClientSession
from nmo_identity.standing.queries import Standing

PERSON_ROLE = "person"
"""Whoever signed in, even unconfirmed: what lets them see their own state and nothing else."""


class Mint:
    """Signs tokens as the issuer."""

    def __init__(self, keyring: KeyRing, issuer: str) -> None:
        """`issuer` is the gateway's public address."""
        self._keyring = keyring
        self.issuer = issuer

    async def for_service(self, client_id: str, audience: str, *, now: datetime) -> str:
        """A service speaking in its own name, 120 s."""
        claims = {
            "sub": client_id,
            "client_id": client_id,
            "roles": ["service"],
            "entry": "full",
            "consent": True,
        }
        return await self._access(claims, audience, now, INTERNAL_LIFETIME, jti=uuid4())

    async def for_person(
        self,
        standing: Standing,
        session: AuthSession,
        *,
        audience: str,
        client_id: str,
        actor: str,
        now: datetime,
    ) -> str:
        """A person towards one service, passed on by `actor`, 120 s."""
        claims = {
            "sub": str(standing.person.id),
            "sid": str(session.sid),
            "client_id": client_id,
            "act": {"sub": actor},
            "roles": sorted({*standing.roles, PERSON_ROLE}),
            "org": str(standing.organization_id) if standing.organization_id else None,
            "spec": str(standing.specialist_id) if standing.specialist_id else None,
            "entry": standing.entry,
            "consent": standing.consented,
            "purposes": sorted(standing.purposes),
            "acr": session.acr,
            "auth_time": _seconds(session.auth_time),
            "authz_ver": standing.person.version,
        }
        return await self._access(claims, audience, now, INTERNAL_LIFETIME, jti=uuid4())

    async def for_partner(
        self, client_id: str, scope: str, *, audience: str, actor: str, now: datetime
    ) -> str:
        """A partner's system towards one service, passed on by `actor`, 120 s."""
        claims = {**_partner(client_id, scope), "act": {"sub": actor}}
        return await self._access(claims, audience, now, INTERNAL_LIFETIME, jti=uuid4())

    async def api_for_partner(self, client_id: str, scope: str, *, jti: UUID, now: datetime) -> str:
        """A partner's system at the gateway, 600 s."""
        return await self._access(_partner(client_id, scope), API_AUDIENCE, now, API_LIFETIME, jti=jti)

    async def api_for_person(
        self, session: AuthSession, names: ClientSession, *, scope: str, jti: UUID, now: datetime
    ) -> str:
        """A person's client at the gateway, 600 s. It names person and session as the client knows them.

        Standing is read at each exchange.
        """
        claims = {
            "sub": names.subject,
            "sid": str(names.client_sid),
            "client_id": names.client_id,
            "scope": scope,
            "roles": [PERSON_ROLE],
            "acr": session.acr,
            "auth_time": _seconds(session.auth_time),
        }
        return await self._access(claims, API_AUDIENCE, now, API_LIFETIME, jti=jti)

    async def id_token(
        self,
        standing: Standing,
        session: AuthSession,
        names: ClientSession,
        *,
        scope: str,
        nonce: str | None,
        access_token: str,
        algorithm: str,
        now: datetime,
    ) -> str:
        """Who signed in, for the client, signed by what it reads (OpenID Connect Core 2)."""
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": names.client_id,
            "azp": names.client_id,
            "iat": issued,
            "exp": issued + int(ID_TOKEN_LIFETIME.total_seconds()),
            "auth_time": _seconds(session.auth_time),
            "acr": session.acr,
            "sid": str(names.client_sid),
            "nonce": nonce,
            "at_hash": at_hash(access_token),
            **person_claims(standing, scope, subject=names.subject),
        }
        return await self._signed("JWT", claims, algorithm)

    async def document(self, kind: str, content: Mapping[str, Any]) -> str:
        """A document signed as a whole (JWS, compact); `kind` is its `typ`, so that it is good for nothing else."""
        return await self._signed(kind, content)

    async def logout_token(
        self, *, client_id: str, subject: str, sid: UUID, jti: UUID, algorithm: str, now: datetime
    ) -> str:
        """Tells a client that a session of its person is over (Back-Channel Logout 2.4): 120 s, no nonce."""
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            "iat": issued,
            "exp": issued + int(LOGOUT_LIFETIME.total_seconds()),
            "jti": str(jti),
            "sub": subject,
            "sid": str(sid),
            "events": {LOGOUT_EVENT: {}},
        }
        return await self._signed("logout+jwt", claims, algorithm)

    async def _access(
        self, claims: Mapping[str, Any], audience: str, now: datetime, lifetime: timedelta, *, jti: UUID
    ) -> str:
        issued = int(now.timestamp())
        times = {"iat": issued, "exp": issued + int(lifetime.total_seconds())}
        return await self._signed(
            "at+jwt", {"iss": self.issuer, "aud": audience, **claims, **times, "jti": str(jti)}
        )

    async def _signed(self, kind: str, claims: Mapping[str, Any], algorithm: str = ES256) -> str:
        kid, key = await self._keyring.signing(algorithm)
        payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
        header = {"alg": algorithm, "typ": kind, "kid": kid}
        return jws.serialize_compact(header, payload, key, algorithms=[algorithm])


def _seconds(moment: datetime | None) -> int | None:
    """As tokens carry it; a claim that is None is left out."""
    return None if moment is None else int(moment.timestamp())


def _partner(client_id: str, scope: str) -> dict[str, Any]:
    return {
        "sub": client_id,
        "client_id": client_id,
        "scope": scope,
        "roles": ["partner"],
        "entry": "full",
        "consent": True,
    }


def person_claims(standing: Standing, scope: str, *, subject: str) -> dict[str, Any]:
    """Claims about the person that the scope allows, under the client's name of them; never СНИЛС or birth date."""
    person, scopes = standing.person, set(scope.split())
    found: dict[str, Any] = {"sub": subject}
    if "profile" in scopes:
        found |= {
            "name": full_name(person.last_name, person.first_name, person.patronymic),
            "family_name": person.last_name,
            "given_name": person.first_name,
            "middle_name": person.patronymic,
            "updated_at": int(person.updated_at.timestamp()),
        }
    if "email" in scopes and person.email:
        found |= {"email": person.email, "email_verified": person.email_verified}
    return {name: value for name, value in found.items() if value is not None}
