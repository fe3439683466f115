"""Who calls the token endpoint: a service by its key, a confidential client by its secret, a public one by name."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

import structlog
from sqlalchemy.dialects.postgresql import insert

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.errors import invalid_client, invalid_request
from nmo_identity.oidc_provider.rules import digest
from nmo_identity.oidc_provider.service_keys import ServiceKeys
from nmo_identity.oidc_provider.tables import AssertionUse, OidcClient
from nmo_identity.providers.jws import TokenFault, open_jws, strict_object
from nmo_kit.db import Database
from nmo_kit.http import ASSERTION_TYPE

logger = structlog.get_logger(__name__)
MAX_ASSERTION_S = 60
LEEWAY_S = 10
MAX_JTI = 128
MIN_JTI = 8


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that proved itself; `client` is None for our own services."""

    client_id: str
    client: OidcClient | None

    @property
    def is_service(self) -> bool:
        """One of our own services, proven by its key."""
        return self.client is None

    @property
    def is_public(self) -> bool:
        """A client that has nothing to prove itself by."""
        return self.client is not None and self.client.kind == "public"


class ClientAuthenticator:
    """`private_key_jwt`, `client_secret_basic`, `client_secret_post`, or `none` for public clients."""

    def __init__(self, db: Database, service_keys: ServiceKeys, issuer: str) -> None:
        """`issuer` and its token endpoint are the audiences an assertion may name."""
        self._db = db
        self._service_keys = service_keys
        self._audiences = (issuer, f"{issuer}/oauth2/token")

    async def authenticate(
        self, form: Mapping[str, str], authorization: str | None, *, now: datetime
    ) -> Caller:
        """The caller.

        Raises:
            OAuthError: `invalid_client`; `invalid_request` when two ways of proof are mixed.
        """
        ways = [
            authorization is not None,
            "client_assertion" in form or "client_assertion_type" in form,
            "client_secret" in form,
        ]
        if sum(ways) > 1:
            raise invalid_request("Клиент должен подтвердить себя одним способом")
        if ways[1]:
            return await self._by_assertion(form, now)
        if ways[0]:
            client_id, secret = _basic(authorization or "")
            if form.get("client_id", client_id) != client_id:
                raise invalid_client()
            return await self._by_secret(client_id, secret)
        if ways[2]:
            return await self._by_secret(form.get("client_id", ""), form["client_secret"])
        return await self._public(form.get("client_id", ""))

    async def _by_secret(self, client_id: str, secret: str) -> Caller:
        async with self._db.read() as session:
            client = await queries.client_of(session, client_id)
        expected = client.secret_hash if client and client.secret_hash else b"\0" * 32
        fits = hmac.compare_digest(expected, digest(secret))
        if client is None or client.kind != "confidential" or not fits:
            logger.warning("client_refused", reason="secret")
            raise invalid_client()
        return Caller(client_id, client)

    async def _public(self, client_id: str) -> Caller:
        async with self._db.read() as session:
            client = await queries.client_of(session, client_id)
        if client is None or client.kind != "public":
            logger.warning("client_refused", reason="no_proof")
            raise invalid_client()
        return Caller(client_id, client)

    async def _by_assertion(self, form: Mapping[str, str], now: datetime) -> Caller:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise invalid_client()
        try:
            client_id, jti, expires_at = self._check_assertion(form, now)
        except TokenFault as fault:
            logger.warning("client_refused", reason=fault.reason)
            raise invalid_client() from None
        async with self._db.write() as session:
            added = await session.execute(
                insert(AssertionUse)
                .values(client_id=client_id, jti=jti, expires_at=expires_at)
                .on_conflict_do_nothing()
                .returning(AssertionUse.client_id)  # type: ignore[call-overload]
            )
            if added.first() is None:
                logger.warning("client_refused", reason="assertion_replayed", client_id=client_id)
                raise invalid_client()
        return Caller(client_id, None)

    def _check_assertion(self, form: Mapping[str, str], now: datetime) -> tuple[str, str, datetime]:
        """Client, id and end of an assertion (RFC 7523): signed by the client's key, for us, at most a minute."""
        assertion = form.get("client_assertion", "")
        client_id = form.get("client_id") or _claimed_issuer(assertion)
        key = self._service_keys.key_of(client_id)
        if key is None:
            raise TokenFault("unknown_service")
        _, claims = open_jws(assertion, [key], ["ES256"])
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise TokenFault("assertion_subject")
        audience = claims.get("aud")
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        if audience not in self._audiences:
            raise TokenFault("assertion_audience")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not MIN_JTI <= len(jti) <= MAX_JTI:
            raise TokenFault("assertion_id")
        return client_id, jti, _assertion_end(claims, now)


def _assertion_end(claims: Mapping[str, Any], now: datetime) -> datetime:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise TokenFault("assertion_expiry")
    moment = now.timestamp()
    if not moment - LEEWAY_S < expires <= moment + MAX_ASSERTION_S + LEEWAY_S:
        raise TokenFault("assertion_expiry")
    issued = claims.get("iat", moment)
    if (
        isinstance(issued, bool)
        or not isinstance(issued, int | float)
        or abs(moment - issued) > MAX_ASSERTION_S + LEEWAY_S
    ):
        raise TokenFault("assertion_issued")
    return datetime.fromtimestamp(expires, UTC) + timedelta(seconds=LEEWAY_S)


def _claimed_issuer(assertion: str) -> str:
    """Who the assertion says it is from, only to find the key that must have signed it."""
    try:
        body = assertion.split(".")[1]
        claims = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (IndexError, binascii.Error, ValueError):
        return ""
    return str(strict_object(claims, "assertion_shape").get("iss", ""))


def _basic(header: str) -> tuple[str, str]:
    """Name and secret of a Basic header; both are form-encoded inside (RFC 6749 2.3.1)."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client()
    try:
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise invalid_client() from None
    if not colon:
        raise invalid_client()
    return unquote_plus(name), unquote_plus(secret)
