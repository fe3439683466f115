"""The one strict verifier of access tokens, and the cache of the issuer's keys (ADR 0008)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import aiohttp
import structlog
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from nmo_kit import clock
from nmo_kit.errors import Unauthenticated, Unavailable
from nmo_kit.principal import ENTRY_STATES

logger = structlog.get_logger(__name__)
ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 a media type (RFC 9068)
LEEWAY_S = 10
MAX_TOKEN_CHARS = 8192
MAX_LIFETIME_S = 3600
FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenRefused(Unauthenticated):
    """The token is not accepted; the reason is for the log, never for the caller."""

    code = "token_refused"
    detail = "Войдите в портал заново."
    fields: ClassVar = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

    def __init__(self, reason: str) -> None:
        """Keep the reason for the log."""
        super().__init__()
        self.reason = reason


class TokenStale(TokenRefused):
    """Roles, consent or entry of the person changed after the token was made: another one tells how they are now."""

    code = "token_stale"
    fields: ClassVar = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="token_stale"'}


class JwksCache:
    """Public keys of the issuer, read anew at most once in 1.5 seconds and only while tokens come.

    The one limit serves both ways: a key taken out of the set is refused so soon after, and no flood of unknown ids
    makes more traffic. While the issuer is down, the keys known are usable for an hour.
    """

    FRESH_S = 1.5
    STALE_S = 3600.0

    def __init__(self, fetch: FetchKeys) -> None:
        """Take the coroutine function that reads the key set document."""
        self._fetch = fetch
        self._keys: dict[str, ECKey] = {}
        self.ended: frozenset[str] = frozenset()
        """Sessions that ended while tokens of theirs may still be in their time (security D3)."""
        self.versions: Mapping[str, int] = {}
        """Persons whose rights changed lately, with the lowest `authz_ver` that is still true (security D7)."""
        self._fetched_at = self._tried_at = float("-inf")
        self._answers = self._waited_for = True
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> ECKey:
        """The key with this id.

        Raises:
            TokenRefused: the issuer has no such key.
            Unavailable: no keys are known and the issuer does not answer.
        """
        if self._reading is None and (not self._keys or time.monotonic() - self._tried_at > self.FRESH_S):
            self._tried_at = time.monotonic()
            self._reading = asyncio.create_task(self._read())
            self._waited_for = self._answers
        # Nobody waits for an issuer that did not answer the last time, as long as the key is known.
        if self._reading is not None and (self._waited_for or kid not in self._keys):
            await asyncio.shield(self._reading)
        if not self._keys or time.monotonic() - self._fetched_at > self.STALE_S:
            raise Unavailable
        if kid not in self._keys:
            raise TokenRefused("unknown_kid")
        return self._keys[kid]

    async def _read(self) -> None:
        self._answers = False
        try:
            document = await self._fetch()
            if keys := _usable_keys(document):
                self._keys, self.ended = keys, frozenset(document.get("ended", ()))
                self.versions = dict(document.get("versions", ()))
                self._fetched_at, self._answers = time.monotonic(), True
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, JoseError, KeyError) as error:
            logger.warning("jwks_fetch_failed", error=type(error).__name__)
        finally:
            self._reading = None


def _usable_keys(document: Mapping[str, Any]) -> dict[str, ECKey]:
    found: dict[str, ECKey] = {}
    for key in KeySet.import_key_set({"keys": list(document["keys"])}).keys:
        if isinstance(key, ECKey) and key.kid and key.curve_name == "P-256":
            found[key.kid] = key
    return found


def fetch_jwks(url: str) -> FetchKeys:
    """Reader of a key set over HTTP, 2 s at most."""

    async def fetch() -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=2)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(url, allow_redirects=False) as answer,
        ):
            answer.raise_for_status()
            body: Mapping[str, Any] = await answer.json(content_type=None)
            return body

    return fetch


class TokenVerifier:
    """Accepts exactly: ES256, `typ` at+jwt, our issuer, one audience, in its time, every claim of its kind."""

    CACHE_SIZE = 5000

    def __init__(self, keys: JwksCache, *, issuer: str, audience: str) -> None:
        """`audience` is the name of this service."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: OrderedDict[bytes, tuple[ECKey, Mapping[str, Any]]] = OrderedDict()

    async def verify(self, token: str) -> Mapping[str, Any]:
        """Claims of the token.

        Raises:
            TokenRefused: anything about it is not as it must be; TokenStale when only the person's rights are not.
            Unavailable: the issuer's keys cannot be had.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known, claims = self._verified.get(digest, (None, {}))
        if known is None or await self._keys.key(str(known.kid)) is not known:
            known, claims = await self._decode(token)
            self._verified[digest] = known, claims
            if len(self._verified) > self.CACHE_SIZE:
                self._verified.popitem(last=False)
        self._check_times(claims)
        if claims.get("sid") in self._keys.ended:
            raise TokenRefused("session_ended")
        if claims.get("authz_ver", 0) < self._keys.versions.get(claims["sub"], 0) and "authz_ver" in claims:
            raise TokenStale("rights_changed")
        return claims

    async def _decode(self, token: str) -> tuple[ECKey, Mapping[str, Any]]:
        parts = token.split(".")
        if len(token) > MAX_TOKEN_CHARS or len(parts) != 3:  # noqa: PLR2004 header, claims, signature
            raise TokenRefused("malformed")
        try:
            header, claims, _ = _json(parts[0]), _json(parts[1]), _bytes(parts[2])
        except (ValueError, RecursionError) as error:
            raise TokenRefused("malformed") from error
        kid = header.get("kid")
        if header != {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": kid} or not isinstance(kid, str):
            raise TokenRefused("header")
        key = await self._keys.key(kid)
        try:
            jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise TokenRefused("signature") from error
        self._check_claims(claims)
        return key, claims

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self._issuer:
            raise TokenRefused("issuer")
        if claims.get("aud") not in (self._audience, [self._audience]):
            raise TokenRefused("audience")
        for name in REQUIRED - claims.keys():
            raise TokenRefused(name)
        for name, fits in _KINDS.items():
            if name in claims and not fits(claims[name]):
                raise TokenRefused(name)
        if not 0 < claims["exp"] - claims["iat"] <= MAX_LIFETIME_S:
            raise TokenRefused("lifetime")
        if claims.get("azp", claims["client_id"]) != claims["client_id"] or "cnf" in claims:
            raise TokenRefused("bound")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        moment = clock.now().timestamp()
        if claims["exp"] <= moment - LEEWAY_S:
            raise TokenRefused("expired")
        if max(claims["iat"], claims.get("nbf", 0)) > moment + LEEWAY_S:
            raise TokenRefused("not_yet")


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and " " not in value


def _is_moment(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**40


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("sub", "jti", "client_id"), _is_word),
    **dict.fromkeys(("iat", "exp", "nbf", "auth_time", "authz_ver"), _is_moment),
    **dict.fromkeys(("sid", "org", "spec"), _is_uuid),
    **dict.fromkeys(("acr", "scope"), lambda value: isinstance(value, str)),
    "roles": lambda value: isinstance(value, list) and all(map(_is_word, value)),
    "purposes": lambda value: isinstance(value, list) and all(map(_is_word, value)),
    "entry": lambda value: isinstance(value, str) and value in ENTRY_STATES,
    "consent": lambda value: isinstance(value, bool),
    "act": lambda value: isinstance(value, dict) and _is_word(value.get("sub")),
}
"""What the claims that are read later must be, so that nothing stumbles over them there."""
REQUIRED = {"sub", "jti", "client_id", "roles", "iat", "exp"}


def _bytes(part: str) -> bytes:
    """Bytes of a segment in base64url's one canonical spelling."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != part:
        raise ValueError(part)
    return raw


def _json(part: str) -> dict[str, Any]:
    """Object of a segment: strict UTF-8, no member twice, no number that JSON has not."""
    found = json.loads(_bytes(part).decode(), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    if not isinstance(found, dict):
        msg = "no object"
        raise ValueError(msg)  # noqa: TRY004 one class for all that is malformed
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "duplicate member"
        raise ValueError(msg)
    return found
