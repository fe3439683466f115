"""Checks of a plain provider's id token, those that the client library leaves out included (security 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from nmo_identity.providers.jws import TokenFault, open_jws

MAX_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class IdTokenRules:
    """What the token must agree with."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: Sequence[str]
    started_at: datetime
    now: datetime
    leeway_s: int


def check_id_token(
    token: object, access_token: str, keys: Sequence[Key], rules: IdTokenRules
) -> dict[str, Any]:
    """Claims of a token to be believed.

    The audience is ours alone, the nonce is the flow's, the times hold within seconds, `at_hash` fits when given.

    Raises:
        TokenFault: with the first check that failed; `absent` when there is no token.
    """
    if token is None:
        raise TokenFault("id_absent")
    try:
        header, claims = open_jws(token, keys, rules.algorithms)
    except TokenFault as fault:
        raise TokenFault(f"id_{fault.reason}") from fault
    if claims.get("iss") != rules.issuer:
        raise TokenFault("id_issuer")
    if (
        claims.get("aud") not in (rules.client_id, [rules.client_id])
        or claims.get("azp", rules.client_id) != rules.client_id
    ):
        raise TokenFault("id_audience")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise TokenFault("id_subject")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), rules.nonce.encode()):
        raise TokenFault("id_nonce")
    _check_times(claims, rules)
    if "at_hash" in claims and claims["at_hash"] != _left_half(access_token, str(header["alg"])):
        raise TokenFault("id_at_hash")
    return claims


def moment_of(claims: dict[str, Any], name: str) -> datetime:
    """A time claim.

    Raises:
        TokenFault: it is absent or no number.
    """
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise TokenFault(f"id_{name}")
    return datetime.fromtimestamp(value, UTC)


def _check_times(claims: dict[str, Any], rules: IdTokenRules) -> None:
    leeway = timedelta(seconds=rules.leeway_s)
    if moment_of(claims, "exp") <= rules.now - leeway:
        raise TokenFault("id_expired")
    issued = moment_of(claims, "iat")
    if issued > rules.now + leeway:
        raise TokenFault("id_iat")
    if issued < rules.started_at.replace(microsecond=0) - leeway:
        raise TokenFault("id_older_than_flow")
    if "nbf" in claims and moment_of(claims, "nbf") > rules.now + leeway:
        raise TokenFault("id_not_before")
    if "auth_time" in claims and moment_of(claims, "auth_time") > rules.now + leeway:
        # A sign-in yet to come would stay fresh until then.
        raise TokenFault("id_auth_time")


def _left_half(access_token: str, algorithm: str) -> str:
    digest = hashlib.new(f"sha{algorithm[-3:]}", access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def usable_keys(document: dict[str, Any], kid: object) -> list[Key]:
    """Asymmetric keys of a published set that may have signed: all, or the one with the token's key id.

    Raises:
        TokenFault: the document is no key set.
    """
    try:
        keys = KeySet.import_key_set({"keys": list(document["keys"])}).keys
    except (JoseError, KeyError, TypeError, ValueError):
        raise TokenFault("id_keys") from None
    return [key for key in keys if key.key_type in {"RSA", "EC"} and (kid is None or key.kid == kid)]
