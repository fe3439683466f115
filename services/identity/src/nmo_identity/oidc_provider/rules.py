"""Pure rules of the provider: PKCE, scopes, redirects, lifetimes, who may call whom (security 2.4, D4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

CODE_LIFETIME = timedelta(seconds=60)
INTERNAL_LIFETIME = timedelta(seconds=120)
API_LIFETIME = timedelta(seconds=600)
ID_TOKEN_LIFETIME = timedelta(seconds=300)
LOGOUT_LIFETIME = timedelta(seconds=120)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
API_AUDIENCE = "api"
"""Audience of tokens given outside; only the gateway accepts them, and exchanges them."""
GATEWAY = "gateway"
SERVICES = frozenset({"identity", "registry", "cycles", "catalog", "applications", "notifications"})
SCOPES = ("openid", "profile", "email", "api", "partner", "offline_access")
PERSON_SCOPES = frozenset({"openid", "profile", "email", "api", "offline_access"})
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


REQUEST_LIFETIME = timedelta(minutes=10)
LOGIN_IS_NEW = timedelta(seconds=60)
"""A sign-in that ended so lately is the one that `prompt=login` asks for."""
MAX_STATE = 1024
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
DATA: Mapping[str, str] = {
    "openid": "Ваш номер для этого сайта (на других сайтах он другой), время и способ входа",
    "profile": "Фамилия, имя, отчество и когда они менялись",
    "email": "Электронная почта и подтверждена ли она",
    "api": "Всё, что есть в вашем кабинете, в том числе СНИЛС; действия от вашего имени",
    "offline_access": "Доступ, пока вы не на сайте: до вашего выхода, не дольше 12 часов",
}
"""What each scope passes on, one line each, as the consent page says it."""


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


def sector_of(uris: Iterable[str]) -> str | None:
    """The one host of the redirect addresses; None when there are several: pairwise names need one (OIDC Core 8.1)."""
    hosts = {urlsplit(uri).hostname or "" for uri in uris}
    return hosts.pop() if len(hosts) == 1 else None


def prompts_of(text: str) -> frozenset[str] | None:
    """Prompts asked for; None when they are unknown or contradict each other."""
    found = frozenset(text.split())
    if not found <= PROMPTS or ("none" in found and len(found) > 1):
        return None
    return found


def login_due(
    auth_time: datetime | None,
    *,
    prompts: Iterable[str],
    max_age: int | None,
    login_after: datetime | None,
    now: datetime,
) -> bool:
    """Whether the person must prove anew who they are before the client gets its answer."""
    if auth_time is None:
        return login_after is not None or "login" in set(prompts) or max_age is not None
    if login_after is not None:
        return auth_time < login_after - LOGIN_IS_NEW
    if "login" in set(prompts) and now - auth_time > LOGIN_IS_NEW:
        return True
    return max_age is not None and now - auth_time > timedelta(seconds=max_age)


RefreshVerdict = Literal["use", "over", "raced", "reused"]


def refresh_verdict(
    *, consumed_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, arrived_at: datetime
) -> RefreshVerdict:
    """What a refresh token is worth to a request that arrived at that moment (RFC 9700 4.14.2, decision 0015).

    `raced`: it was used up while the request was already here, so a client asked twice at once: nothing is given, the
    family lives. `reused`: it was used up before: two have it, the family dies. Once it is dead, whatever is tried with
    it again is `over` and no further sign: a client that repeats itself must not get its owner's way in frozen.
    """
    if revoked_at is not None:
        return "over"
    if consumed_at is not None:
        return "raced" if arrived_at <= consumed_at else "reused"
    return "over" if expires_at <= arrived_at else "use"


CALLS: Mapping[str, frozenset[str]] = {
    GATEWAY: frozenset(SERVICES),
    "applications": frozenset({"identity", "registry"}),
    "notifications": frozenset({"identity"}),
    "registry": frozenset({"identity"}),
}
"""Who asks whom in its own name; whatever is not here is not called (architecture, decision 0011)."""


def may_call(client_id: str, audience: str) -> bool:
    """True if a service may have a token of its own for another."""
    return audience in CALLS.get(client_id, frozenset())


def at_hash(access_token: str) -> str:
    """`at_hash` of an id token signed with ES256 or RS256: the left half of SHA-256 in base64url."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")
