"""The one strict verifier of access tokens, and the cache of the issuer's keys (ADR 0008)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from nmo_kit import clock
from nmo_kit.errors import Unauthenticated, Unavailable

logger = structlog.get_logger(__name__)
ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 a media type (RFC 9068)
LEEWAY_S = 10
MAX_TOKEN_CHARS = 8192
MAX_LIFETIME_S = 3600
ALLOWED_HEADERS = frozenset({"alg", "kid", "typ"})
FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenRefused(Unauthenticated):
    """The token is not accepted; the reason is for the log, never for the caller."""

    code = "token_refused"
    detail = "Войдите в портал заново."

    def __init__(self, reason: str) -> None:
        """Keep the reason for the log."""
        super().__init__()
        self.reason = reason


class JwksCache:
    """Public keys of the issuer: fresh for 10 minutes, usable for an hour while the issuer is down.

    An unknown key id causes a fetch at most once in 30 seconds, so a flood of them makes no traffic.
    """

    FRESH_S = 600.0
    STALE_S = 3600.0
    COOL_DOWN_S = 30.0

    def __init__(self, fetch: FetchKeys) -> None:
        """Take the coroutine function that reads the key set document."""
        self._fetch = fetch
        self._keys: dict[str, ECKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> ECKey:
        """The key with this id.

        Raises:
            TokenRefused: the issuer has no such key.
            Unavailable: no keys are known and the issuer does not answer.
        """
        if time.monotonic() - self._fetched_at > self.FRESH_S or kid not in self._keys:
            await self._refresh(kid)
        if not self._keys or time.monotonic() - self._fetched_at > self.STALE_S:
            raise Unavailable
        if kid not in self._keys:
            raise TokenRefused("unknown_kid")
        return self._keys[kid]

    async def _refresh(self, kid: str) -> None:
        async with self._lock:
            age = time.monotonic() - self._fetched_at
            if kid in self._keys and age <= self.FRESH_S:
                return
            # The first fetch and one after a failure with no keys at all do not wait for the cool-down.
            if self._keys and time.monotonic() - self._tried_at < self.COOL_DOWN_S:
                return
            self._tried_at = time.monotonic()
            try:
                document = await self._fetch()
                keys = _usable_keys(document)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, JoseError, KeyError) as error:
                logger.warning("jwks_fetch_failed", error=type(error).__name__)
                return
            if keys:
                self._keys, self._fetched_at = keys, time.monotonic()


def _usable_keys(document: Mapping[str, Any]) -> dict[str, ECKey]:
    found: dict[str, ECKey] = {}
    for key in KeySet.import_key_set({"keys": list(document["keys"])}).keys:
        if isinstance(key, ECKey) and key.kid and key.curve_name == "P-256":
            found[key.kid] = key
    return found


def fetch_jwks(url: str) -> FetchKeys:
    """Reader of a key set over HTTP, 3 s at most."""

    async def fetch() -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=3)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(url, allow_redirects=False) as answer,
        ):
            answer.raise_for_status()
            body: Mapping[str, Any] = await answer.json(content_type=None)
            return body

    return fetch


class TokenVerifier:
    """Accepts exactly: ES256, `typ` at+jwt, our issuer, one audience, in its time, every claim present."""

    CACHE_SIZE = 5000

    def __init__(self, keys: JwksCache, *, issuer: str, audience: str) -> None:
        """`audience` is the name of this service."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: OrderedDict[bytes, Mapping[str, Any]] = OrderedDict()

    async def verify(self, token: str) -> Mapping[str, Any]:
        """Claims of the token.

        Raises:
            TokenRefused: anything about it is not as it must be.
            Unavailable: the issuer's keys cannot be had.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = await self._decode(token)
            self._verified[digest] = claims
            if len(self._verified) > self.CACHE_SIZE:
                self._verified.popitem(last=False)
        self._check_times(claims)
        return claims

    async def _decode(self, token: str) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise TokenRefused("malformed")
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise TokenRefused("malformed") from error
        if set(header) - ALLOWED_HEADERS:
            raise TokenRefused("header")
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE:
            raise TokenRefused("algorithm_or_type")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise TokenRefused("kid")
        key = await self._keys.key(kid)
        try:
            payload = jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
            claims = json.loads(payload, object_pairs_hook=_no_duplicates)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("signature") from error
        if not isinstance(claims, dict):
            raise TokenRefused("claims")
        self._check_claims(claims)
        return claims

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self._issuer:
            raise TokenRefused("issuer")
        if claims.get("aud") not in (self._audience, [self._audience]):
            raise TokenRefused("audience")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise TokenRefused("subject")
        roles = claims.get("roles")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise TokenRefused("roles")
        if not isinstance(claims.get("jti"), str):
            raise TokenRefused("jti")
        for name in ("iat", "exp"):
            if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), int):
                raise TokenRefused(name)
        if claims["exp"] - claims["iat"] > MAX_LIFETIME_S:
            raise TokenRefused("lifetime")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        moment = clock.now().timestamp()
        if claims["exp"] <= moment - LEEWAY_S:
            raise TokenRefused("expired")
        if claims["iat"] > moment + LEEWAY_S:
            raise TokenRefused("not_yet")
        not_before = claims.get("nbf", claims["iat"])
        if not isinstance(not_before, int) or not_before > moment + LEEWAY_S:
            raise TokenRefused("not_yet")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "duplicate member"
        raise ValueError(msg)
    return found
