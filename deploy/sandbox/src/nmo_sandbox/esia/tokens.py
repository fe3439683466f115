"""The tokens of the ЕСИА stand-in: codes, access tokens, id tokens, each a JWT of ЕСИА's own form."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.grants import ACCESS_SECONDS, CODE_SECONDS, ID_SECONDS, Asked, Session
from nmo_sandbox.esia.keys import SigningKey
from nmo_sandbox.esia.scopes import in_token, organizations_in_token


def code_token(esia: Esia, asked: Asked, account: Account, session: Session) -> str:
    """Make an authorization code. Clients treat it as opaque; it is a signed JWT all the same."""
    now = esia.clock.seconds()
    claims = {
        "iss": _own_issuer(esia, asked),
        "nbf": now,
        "iat": now,
        "exp": now + CODE_SECONDS,
        "scope": in_token(asked.scopes, account.oid),
        "auth_time": session.auth_time,
        "client_id": asked.client_id,
        "params": {},
        "acr": {"2fa": "otp"} if session.second_factor else {},
        "auth_mthd": "PWD",
        "urn:esia:client:state": asked.state,
        "urn:esia:sid": session.sid,
        "urn:esia:sbj": _subject(account),
    }
    key = _key(esia, asked)
    header = {
        "ver": 1,
        "typ": "JWT",
        "sbt": "authorization_code",
        "alg": key.algorithm,
        "x5t#St256": key.thumbprint,
    }
    return _sign(header, claims, key)


def access_token(esia: Esia, asked: Asked, account: Account | None, session: Session | None) -> str:
    """Make an access token: no `aud`, no `kid`, an integer subject, scopes bound to the person.

    A system's own token names no person and no session.
    """
    now = issued_at(esia)
    claims: dict[str, Any] = {
        "iss": _issuer(esia, asked),
        "nbf": now,
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "scope": " ".join(
            part
            for part in (
                in_token(asked.scopes, account.oid) if account else "",
                organizations_in_token(asked.org_scopes, asked.employers(account) if account else ()),
            )
            if part
        ),
        "client_id": esia.faults.text("wrong_audience") or asked.client_id,
    }
    if account and session:
        claims |= {"urn:esia:sid": session.sid, "urn:esia:sbj_id": account.oid}
    if asked.permissions:
        claims["permissions"] = list(asked.permissions)
    return _issue(esia, asked, 1, "access", claims)


def id_token(esia: Esia, asked: Asked, account: Account, session: Session) -> str:
    """Make an id token: integer `sub`, no `nonce`."""
    now = issued_at(esia)
    subject = _someone_else(esia, account) if esia.faults.on("other_sub") else account
    claims = {
        "iss": _issuer(esia, asked),
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
    return _issue(esia, asked, 0, "id", claims)


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


def _issuer(esia: Esia, asked: Asked) -> str:
    return esia.faults.text("wrong_issuer") or _own_issuer(esia, asked)


def _own_issuer(esia: Esia, asked: Asked) -> str:
    """The issuer that the system was registered with, or the stand-in's."""
    system = esia.systems.get(asked.client_id)
    return (system.registration.issuer if system else None) or esia.settings.issuer


def _key(esia: Esia, asked: Asked) -> SigningKey:
    """The key of the algorithm that the system's tokens are signed by."""
    system = esia.systems.get(asked.client_id)
    return esia.keys.signing(system.registration.signature_algorithm if system else "RS256")


def _issue(esia: Esia, asked: Asked, version: int, kind: str, claims: dict[str, Any]) -> str:
    """Sign a token, or do so wrongly when a fault asks for it."""
    if esia.faults.on("wrong_kind"):
        kind = "access" if kind == "id" else "id"
    key = _key(esia, asked)
    header = {"ver": version, "typ": "JWT", "sbt": kind, "alg": key.algorithm}
    if esia.faults.on("alg_none"):
        return f"{_part(header | {'alg': 'none'})}.{_part(claims)}."
    if esia.faults.on("alg_hs256"):
        # By hand: the library rightly refuses to use a public key as a shared secret.
        text = f"{_part(header | {'alg': 'HS256'})}.{_part(claims)}"
        secret = key.certificate.public_bytes(Encoding.PEM)
        return f"{text}.{_base64(hmac.digest(secret, text.encode(), 'sha256'))}"
    if esia.faults.on("bad_signature"):
        key = esia.keys.stranger(key.algorithm, esia.clock.now())
    token = _sign(header, claims, key)
    return _with_swapped_halves(token) if esia.faults.on("swapped_halves") else token


def _sign(header: dict[str, Any], claims: dict[str, Any], key: SigningKey) -> str:
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{_base64(key.sign(text.encode()))}"


def _with_swapped_halves(token: str) -> str:
    """The same token with the halves of its signature in the other order, as some programs write GOST's."""
    text, _, signature = token.rpartition(".")
    data = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    half = len(data) // 2
    return f"{text}.{_base64(data[half:] + data[:half])}"


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _part(value: dict[str, Any]) -> str:
    return _base64(_compact(value))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
