"""Pure rules of the provider: PKCE, scopes, redirects, lifetimes, who may call whom (security 2.4, D4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

CODE_LIFETIME = timedelta(seconds=60)
INTERNAL_LIFETIME = timedelta(seconds=120)
API_LIFETIME = timedelta(seconds=600)
ID_TOKEN_LIFETIME = timedelta(seconds=300)
API_AUDIENCE = "api"
"""Audience of tokens given outside; only the gateway accepts them, and exchanges them."""
GATEWAY = "gateway"
SERVICES = frozenset({"identity", "registry", "cycles", "catalog", "applications", "notifications"})
SCOPES = ("openid", "profile", "email", "api", "partner", "offline_access")
PERSON_SCOPES = frozenset({"openid", "profile", "email", "api", "offline_access"})
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def digest(secret: str) -> bytes:
    """What is kept of a code, secret or refresh token: its SHA-256 (each has 256 bits of chance)."""
    return hashlib.sha256(secret.encode()).digest()


def is_challenge(challenge: str) -> bool:
    """The text can be an S256 challenge."""
    return _CHALLENGE.fullmatch(challenge) is not None


def verifier_fits(verifier: str, challenge: str) -> bool:
    """PKCE S256 (RFC 7636): the verifier is well-formed and its digest is the challenge."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def wanted_scopes(text: str, allowed: Iterable[str]) -> list[str] | None:
    """Scopes asked for, in the order of `SCOPES`; None if one of them is unknown or not the client's."""
    wanted = set(text.split())
    if not wanted <= set(allowed) & set(SCOPES):
        return None
    return [scope for scope in SCOPES if scope in wanted]


REDIRECT_URI = (
    r"^(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]{1,5})?([/?][!\"$-~]*)?$"
)
REDIRECT_URI_LENGTH = 2000


def is_redirect_uri(uri: str) -> bool:
    """An address that may be registered: absolute, no user, no fragment, https or a loopback one."""
    return len(uri) <= REDIRECT_URI_LENGTH and re.fullmatch(REDIRECT_URI, uri) is not None


def redirect_with(uri: str, values: Mapping[str, str | None]) -> str:
    """The registered address with the answer added to its own query."""
    parts = urlsplit(uri)
    added = urlencode({name: value for name, value in values.items() if value is not None})
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, added) if part)))


CALLS: Mapping[str, frozenset[str]] = {
    GATEWAY: frozenset(SERVICES),
    "applications": frozenset({"identity", "registry"}),
    "notifications": frozenset({"identity"}),
}
"""Who asks whom in its own name; whatever is not here is not called (architecture, decision 0011)."""


def may_call(client_id: str, audience: str) -> bool:
    """True if a service may have a token of its own for another."""
    return audience in CALLS.get(client_id, frozenset())


def at_hash(access_token: str) -> str:
    """`at_hash` of an id token signed with ES256: the left half of SHA-256 in base64url."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")
