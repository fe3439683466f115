"""Checks of a plain provider's logout token (OpenID Connect Back-Channel Logout 1.0, 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import Key

from nmo_identity.oidc_client.id_token import MAX_SUBJECT, moment_of
from nmo_identity.providers.jws import TokenFault, open_jws

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_AGE = timedelta(minutes=2)
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class LogoutRules:
    """What the token must agree with."""

    issuer: str
    client_id: str
    algorithms: Sequence[str]
    now: datetime
    leeway_s: int


@dataclass(frozen=True, slots=True)
class UpstreamLogout:
    """Whose sign-in is over at the provider: the person's, one session's, or both."""

    issuer: str
    subject: str | None
    session: str | None
    jti: str
    expires_at: datetime


def check_logout_token(token: object, keys: Sequence[Key], rules: LogoutRules) -> UpstreamLogout:
    """The token's message, when it is to be believed.

    An id token can never pass: the type is another, the event must be there, a nonce must not. Two minutes old at most.

    Raises:
        TokenFault: with the first check that failed.
    """
    header, claims = open_jws(token, keys, rules.algorithms)
    if str(header.get("typ", "")).lower().removeprefix("application/") != TYPE:
        raise TokenFault("logout_type")
    if claims.get("iss") != rules.issuer:
        raise TokenFault("logout_issuer")
    if claims.get("aud") not in (rules.client_id, [rules.client_id]):
        raise TokenFault("logout_audience")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise TokenFault("logout_event")
    if "nonce" in claims:
        raise TokenFault("logout_nonce")
    subject, session = _name(claims, "sub", MAX_SUBJECT), _name(claims, "sid", MAX_NAME)
    if subject is None and session is None:
        raise TokenFault("logout_nobody")
    jti = _name(claims, "jti", MAX_NAME)
    if jti is None:
        raise TokenFault("logout_id")
    return UpstreamLogout(rules.issuer, subject, session, jti, _end(claims, rules))


def _end(claims: dict[str, Any], rules: LogoutRules) -> datetime:
    leeway = timedelta(seconds=rules.leeway_s)
    issued = moment_of(claims, "iat")
    if not rules.now - MAX_AGE - leeway <= issued <= rules.now + leeway:
        raise TokenFault("logout_age")
    if "exp" in claims and moment_of(claims, "exp") <= rules.now - leeway:
        raise TokenFault("logout_expired")
    return issued + MAX_AGE + 2 * leeway


def _name(claims: Mapping[str, Any], name: str, most: int) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise TokenFault(f"logout_{name}")
    return value
