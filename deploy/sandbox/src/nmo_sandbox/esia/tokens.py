"""The tokens of the ЕСИА stand-in: codes, access tokens, id tokens, each a JWT of ЕСИА's own form."""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.grants import ACCESS_SECONDS, CODE_SECONDS, ID_SECONDS, Asked, Session
from nmo_sandbox.esia.scopes import in_token

_REGISTRY = JWSRegistry(algorithms=["RS256"], strict_check_header=False)


def code_token(esia: Esia, asked: Asked, account: Account, session: Session) -> str:
    """Make an authorization code. Clients treat it as opaque; it is a signed JWT all the same."""
    now = esia.clock.seconds()
    claims = {
        "iss": esia.settings.issuer,
        "nbf": now,
        "iat": now,
        "exp": now + CODE_SECONDS,
        "scope": in_token(asked.scopes, account.oid),
        "auth_time": session.auth_time,
        "client_id": asked.client_id,
        "params": {},
        "auth_mthd": "PWD",
        "urn:esia:client:state": asked.state,
        "urn:esia:sid": session.sid,
        "urn:esia:sbj": _subject(account),
    }
    header = {"ver": 1, "typ": "JWT", "sbt": "authorization_code", "alg": "RS256"}
    return _sign(header, claims, RSAKey.import_key(esia.keys.signing.private))


def access_token(esia: Esia, asked: Asked, account: Account, session: Session) -> str:
    """Make an access token: no `aud`, no `kid`, an integer subject, scopes bound to the person."""
    now = issued_at(esia)
    claims = {
        "iss": _issuer(esia),
        "nbf": now,
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "scope": in_token(asked.scopes, account.oid),
        "client_id": esia.faults.text("wrong_audience") or asked.client_id,
        "urn:esia:sid": session.sid,
        "urn:esia:sbj_id": account.oid,
    }
    return _issue(esia, 1, "access", claims)


def id_token(esia: Esia, asked: Asked, account: Account, session: Session) -> str:
    """Make an id token: integer `sub`, no `nonce`."""
    now = issued_at(esia)
    subject = _someone_else(esia, account) if esia.faults.on("other_sub") else account
    claims = {
        "iss": _issuer(esia),
        "aud": esia.faults.text("wrong_audience") or asked.client_id,
        "sub": subject.oid,
        "nbf": now,
        "iat": now,
        "exp": now + ID_SECONDS,
        "auth_time": session.auth_time,
        "amr": "PWD",
        "urn:esia:amd": "PWD",
        "urn:esia:sid": session.sid,
        "urn:esia:sbj": _subject(subject),
    }
    return _issue(esia, 0, "id", claims)


def _subject(account: Account) -> dict[str, Any]:
    subject: dict[str, Any] = {"urn:esia:sbj:lvl": account.level, "urn:esia:sbj:typ": "P"}
    if account.trusted:
        # ЕСИА leaves the flag out of an unconfirmed account instead of saying false.
        subject["urn:esia:sbj:is_tru"] = True
    return subject | {"urn:esia:sbj:oid": account.oid, "urn:esia:sbj:nam": f"OID.{account.oid}"}


def _someone_else(esia: Esia, account: Account) -> Account:
    return next(other for other in esia.accounts.all() if other.oid != account.oid)


def issued_at(esia: Esia) -> int:
    """Return the moment tokens say they were issued, moved by the faults `old_tokens` and `future_tokens`."""
    return int(esia.clock.seconds() - esia.faults.number("old_tokens") + esia.faults.number("future_tokens"))


def _issuer(esia: Esia) -> str:
    return esia.faults.text("wrong_issuer") or esia.settings.issuer


def _issue(esia: Esia, version: int, kind: str, claims: dict[str, Any]) -> str:
    """Sign a token, or do so wrongly when a fault asks for it."""
    if esia.faults.on("wrong_kind"):
        kind = "access" if kind == "id" else "id"
    header = {"ver": version, "typ": "JWT", "sbt": kind, "alg": "RS256"}
    if esia.faults.on("alg_none"):
        return f"{_part(header | {'alg': 'none'})}.{_part(claims)}."
    if esia.faults.on("alg_hs256"):
        # By hand: the library rightly refuses to use a public key as a shared secret.
        text = f"{_part(header | {'alg': 'HS256'})}.{_part(claims)}"
        secret = esia.keys.signing.certificate.public_bytes(Encoding.PEM)
        return f"{text}.{_base64(hmac.digest(secret, text.encode(), 'sha256'))}"
    key = esia.keys.signing
    if esia.faults.on("bad_signature"):
        key = esia.keys.stranger(esia.clock.now())
    return _sign(header, claims, RSAKey.import_key(key.private))


def _sign(header: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    return jws.serialize_compact(header, _compact(claims), key, registry=_REGISTRY)


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _part(value: dict[str, Any]) -> str:
    return _base64(_compact(value))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
