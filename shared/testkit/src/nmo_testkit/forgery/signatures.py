"""Signatures that prove nothing: of other keys, other texts, other forms."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256K1,
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384
from joserfc.jwk import ECKey

from nmo_testkit.forgery.forger import HALF, Forger, b64, signature, unb64

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


def _text(forger: Forger) -> str:
    return ".".join(forger.parts[:2])


def _raw(forger: Forger) -> bytes:
    return unb64(forger.parts[2])


def _numbers(r: int, s: int) -> Callable[[Forger], str]:
    return lambda forger: forger.resigned(r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big"))


def _der(forger: Forger) -> str:
    return forger.resigned(forger.secret.sign(_text(forger).encode(), ECDSA(SHA256())))


def _wide(forger: Forger) -> str:
    """Both numbers right, each in one byte more."""
    raw = _raw(forger)
    return forger.resigned(b"\0" + raw[:HALF] + b"\0" + raw[HALF:])


def _other_curve(curve: SECP256K1 | SECP384R1, half: int) -> Callable[[Forger], str]:
    def make(forger: Forger) -> str:
        key = generate_private_key(curve)
        return forger.resigned(signature(key, _text(forger), half=half))

    return make


def _by(key: Callable[[Forger], ECKey], *, own_kid: bool) -> Callable[[Forger], str]:
    def make(forger: Forger) -> str:
        chosen = key(forger)
        kid = (chosen.kid or chosen.thumbprint()) if own_kid else forger.header["kid"]
        return forger.signed(header={**forger.header, "kid": kid}, key=chosen)

    return make


def _over(text: Callable[[Forger], str]) -> Callable[[Forger], str]:
    return lambda forger: forger.resigned(signature(forger.secret, text(forger)))


def _flipped(forger: Forger) -> str:
    raw = bytearray(_raw(forger))
    raw[-1] ^= 1
    return forger.resigned(bytes(raw))


def _hex(forger: Forger) -> str:
    return f"{_text(forger)}.{_raw(forger).hex()}"


def _hashed(kind: SHA1 | SHA384) -> Callable[[Forger], str]:
    def make(forger: Forger) -> str:
        secret: EllipticCurvePrivateKey = forger.secret
        return forger.resigned(signature(secret, _text(forger), kind))

    return make


def _fresh(_: Forger) -> ECKey:
    return ECKey.generate_key("P-256")


SIGNATURES: dict[str, Callable[[Forger], str]] = {
    "none": lambda f: _text(f) + ".",
    "of zeros": _numbers(0, 0),
    "r of zero": lambda f: f.resigned(bytes(HALF) + _raw(f)[HALF:]),
    "s of zero": lambda f: f.resigned(_raw(f)[:HALF] + bytes(HALF)),
    "of ones": _numbers(1, 1),
    "of the curve's order": _numbers(ORDER, ORDER),
    "of the order and one": _numbers(1, ORDER),
    "of the field": _numbers(FIELD, FIELD),
    "of the highest bytes": _numbers(2**256 - 1, 2**256 - 1),
    "by chance": lambda f: f.resigned(secrets.token_bytes(2 * HALF)),
    "one bit changed": _flipped,
    "halves swapped": lambda f: f.resigned(_raw(f)[HALF:] + _raw(f)[:HALF]),
    "cut by a byte": lambda f: f.resigned(_raw(f)[:-1]),
    "cut in half": lambda f: f.resigned(_raw(f)[:HALF]),
    "one byte": lambda f: f.resigned(b"\x01"),
    "longer by zeros": lambda f: f.resigned(_raw(f) + bytes(HALF)),
    "numbers wider": _wide,
    "in DER": _der,
    "in hex": _hex,
    "in base64 twice": lambda f: f"{_text(f)}.{b64(f.parts[2])}",
    "of P-384": _other_curve(SECP384R1(), 48),
    "of secp256k1": _other_curve(SECP256K1(), HALF),
    "over SHA-384": _hashed(SHA384()),
    "over SHA-1": _hashed(SHA1()),  # noqa: S303 the forger's choice
    "over the claims alone": _over(lambda f: f.parts[1]),
    "over the JSON itself": _over(lambda f: json.dumps(f.header) + "." + json.dumps(f.claims)),
    "over the text twice": _over(lambda f: _text(f) + _text(f)),
    "of another token": lambda f: f.resigned(unb64(f.with_claims(jti="another").split(".")[2])),
    "by a fresh key": _by(_fresh, own_kid=False),
    "by a fresh key under its own kid": _by(_fresh, own_kid=True),
    "by a service's key": _by(lambda f: f.stranger, own_kid=False),
    "by a service's key under its own kid": _by(lambda f: f.stranger, own_kid=True),
    "by a retired key": _by(lambda f: f.retired, own_kid=True),
    "by a retired key under the kid in force": _by(lambda f: f.retired, own_kid=False),
    "kept while roles grew": lambda f: f.tampered(roles=[*f.claims["roles"], "admin"]),
    "kept while the subject changed": lambda f: f.tampered(sub="01890000-0000-7000-8000-000000000001"),
    "kept while the end moved": lambda f: f.tampered(exp=f.claims["exp"] + 600),
    "kept while the audience changed": lambda f: f.tampered(aud=f.elsewhere),
    "kept while a claim went": lambda f: f.tampered(jti=...),
    "kept while nothing but spaces changed": lambda f: (
        f"{f.parts[0]}.{b64(json.dumps(f.claims, indent=1))}.{f.parts[2]}"
    ),
}
