"""Checks of ЕСИА's access and id tokens (SSO-06, SSO-08).

ЕСИА sends integer subjects, no `aud` in access tokens, no nonce and no key id; what its protocol leaves out is
made up for here: pinned certificates, exact issuer and client, both tokens naming one subject and one session,
both issued since the flow began; for a step-up also a sign-in no older than the flow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nmo_identity.providers.jws import TokenFault, VerifyingKey, open_jws

ALGORITHMS = ("RS256", "GOST3410_2012_256")
MAX_SUBJECT_DIGITS = 20
LAST_MOMENT = 253_402_300_799
"""Seconds of the year 9999: beyond it a number is no time."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What tokens must agree with."""

    issuer: str
    client_id: str
    started_at: datetime
    now: datetime
    leeway_s: int
    fresh_sign_in: bool = False
    """Only for a step-up: the person must have proven themselves since the flow began."""
    algorithms: tuple[str, ...] = ALGORITHMS
    """Signatures that are accepted; each is checked by pinned keys of its own kind alone."""


@dataclass(frozen=True, slots=True)
class EsiaIdentity:
    """Who signed in, as both tokens prove it."""

    subject: str
    is_trusted: bool
    session: str | None
    auth_time: datetime
    methods: tuple[str, ...]
    token_hash: bytes
    expires_at: datetime


def check_tokens(
    access_token: object, id_token: object, keys: Sequence[VerifyingKey], rules: TokenRules
) -> EsiaIdentity:
    """Believe the pair of tokens, or raise.

    Raises:
        TokenFault: the reason names the token and the check: `id_issuer`, `access_signature`, `subjects_differ`.
    """
    access = _open("access", access_token, keys, rules)
    claims = _open("id", id_token, keys, rules)
    subject = _subject(claims.get("sub"), "id_subject")
    if subject != _subject(access.get("urn:esia:sbj_id"), "access_subject"):
        raise TokenFault("subjects_differ")
    about = claims.get("urn:esia:sbj", {})
    if not isinstance(about, dict):
        raise TokenFault("id_subject")
    if "urn:esia:sbj:oid" in about and _subject(about["urn:esia:sbj:oid"], "id_subject") != subject:
        raise TokenFault("subjects_differ")
    session = _session(access, claims)
    auth_time = _moment(claims, "auth_time", "id_auth_time")
    _check_freshness(auth_time, rules)
    methods = claims.get("amr", [])
    return EsiaIdentity(
        subject=subject,
        is_trusted=about.get("urn:esia:sbj:is_tru") is True,
        session=session,
        auth_time=auth_time,
        methods=tuple(str(item) for item in methods) if isinstance(methods, list) else (str(methods),),
        token_hash=hashlib.sha256(str(id_token).encode()).digest(),
        expires_at=_moment(claims, "exp", "id_expiry"),
    )


def _open(kind: str, token: object, keys: Sequence[VerifyingKey], rules: TokenRules) -> dict[str, Any]:
    """Signature first, then kind, issuer, audience and times of one token."""
    try:
        header, claims = open_jws(token, keys, rules.algorithms)
    except TokenFault as fault:
        raise TokenFault(f"{kind}_{fault.reason}") from fault
    if header.get("typ", "JWT") != "JWT" or header.get("sbt") != kind:
        raise TokenFault(f"{kind}_kind")
    if claims.get("iss") != rules.issuer:
        raise TokenFault(f"{kind}_issuer")
    _check_audience(kind, claims, rules.client_id)
    _check_times(kind, claims, rules)
    return claims


def _check_audience(kind: str, claims: dict[str, Any], client_id: str) -> None:
    """An access token names us as client; an id token names us alone as audience."""
    named = claims.get("client_id") if kind == "access" else claims.get("aud")
    if named != client_id and not (kind == "id" and named == [client_id]):
        raise TokenFault(f"{kind}_audience")
    if kind == "access" and claims.get("aud", client_id) not in (client_id, [client_id]):
        raise TokenFault("access_audience")


def _check_times(kind: str, claims: dict[str, Any], rules: TokenRules) -> None:
    leeway = timedelta(seconds=rules.leeway_s)
    expires = _moment(claims, "exp", f"{kind}_expiry")
    issued = _moment(claims, "iat", f"{kind}_issued")
    begins = _moment(claims, "nbf", f"{kind}_not_before")
    if expires <= rules.now - leeway:
        raise TokenFault(f"{kind}_expired")
    if issued > rules.now + leeway or expires <= issued:
        raise TokenFault(f"{kind}_issued")
    if begins > rules.now + leeway:
        raise TokenFault(f"{kind}_not_before")
    if issued < _whole_second(rules.started_at) - leeway:
        raise TokenFault(f"{kind}_older_than_flow")


def _check_freshness(auth_time: datetime, rules: TokenRules) -> None:
    leeway = timedelta(seconds=rules.leeway_s)
    if auth_time > rules.now + leeway:
        raise TokenFault("id_auth_time")
    if rules.fresh_sign_in and auth_time < _whole_second(rules.started_at) - leeway:
        raise TokenFault("id_auth_time_before_flow")


def _whole_second(moment: datetime) -> datetime:
    """Tokens count whole seconds; a fraction of ours must not make theirs older."""
    return moment.replace(microsecond=0)


def _session(access: dict[str, Any], claims: dict[str, Any]) -> str | None:
    first, second = access.get("urn:esia:sid"), claims.get("urn:esia:sid")
    if first is not None and second is not None and first != second:
        raise TokenFault("sessions_differ")
    found = second or first
    return None if found is None else str(found)[:128]


def _subject(value: object, reason: str) -> str:
    """The number as text: ЕСИА sends an integer, some tokens a text of digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TokenFault(reason)
    text = str(value)
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= MAX_SUBJECT_DIGITS) or text.startswith(
        "0"
    ):
        raise TokenFault(reason)
    return text


def _moment(claims: dict[str, Any], name: str, reason: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LAST_MOMENT:
        raise TokenFault(reason)
    return datetime.fromtimestamp(value, UTC)
