"""Headers that must not be believed: algorithm, type, key id, keys brought along, extensions."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from nmo_testkit.forgery.forger import Forger, b64, unb64


def _unsigned(alg: Any) -> Callable[[Forger], str]:
    def make(forger: Forger) -> str:
        header = {**forger.header, "alg": alg}
        return f"{b64(json.dumps(header))}.{forger.parts[1]}."

    return make


def _keyed(alg: str, secret: Callable[[Forger], bytes]) -> Callable[[Forger], str]:
    """A MAC whose key is what everybody may read: the public key in some spelling."""

    def make(forger: Forger) -> str:
        text = f"{b64(json.dumps({**forger.header, 'alg': alg}))}.{forger.parts[1]}"
        return f"{text}.{b64(hmac.digest(secret(forger), text.encode(), 'sha' + alg[2:]))}"

    return make


def _public_pem(forger: Forger) -> bytes:
    return forger.key.as_pem(private=False)


def _public_der(forger: Forger) -> bytes:
    return forger.key.as_der(private=False)


def _public_json(forger: Forger) -> bytes:
    return json.dumps(forger.key.as_dict(private=False)).encode()


def _public_x(forger: Forger) -> bytes:
    return unb64(str(forger.key.as_dict(private=False)["x"]))


def _rsa(alg: str) -> Callable[[Forger], str]:
    def make(forger: Forger) -> str:
        text = f"{b64(json.dumps({**forger.header, 'alg': alg}))}.{forger.parts[1]}"
        key = rsa.generate_private_key(65537, 2048)
        way = padding.PKCS1v15() if alg == "RS256" else padding.PSS(padding.MGF1(SHA256()), 32)
        return f"{text}.{b64(key.sign(text.encode(), way, SHA256()))}"

    return make


def _edwards(forger: Forger) -> str:
    text = f"{b64(json.dumps({**forger.header, 'alg': 'EdDSA'}))}.{forger.parts[1]}"
    return f"{text}.{b64(ed25519.Ed25519PrivateKey.generate().sign(text.encode()))}"


def _brought_key(forger: Forger) -> str:
    own = ECKey.generate_key("P-256")
    return forger.signed(header={**forger.header, "jwk": own.as_dict(private=False)}, key=own)


def _kid_of_brought_key(forger: Forger) -> str:
    own = ECKey.generate_key("P-256")
    header = {**forger.header, "kid": own.thumbprint(), "jwk": own.as_dict(private=False)}
    return forger.signed(header=header, key=own)


def _head(**changes: Any) -> Callable[[Forger], str]:
    return lambda forger: forger.with_header(**changes)


def _kid(change: Callable[[str], Any]) -> Callable[[Forger], str]:
    return lambda forger: forger.with_header(kid=change(forger.header["kid"]))


HEADERS: dict[str, Callable[[Forger], str]] = {
    **{f"alg {alg!r} without signature": _unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "", None)},
    "alg HS256 by the public PEM": _keyed("HS256", _public_pem),
    "alg HS256 by the public DER": _keyed("HS256", _public_der),
    "alg HS256 by the public JWK": _keyed("HS256", _public_json),
    "alg HS256 by a coordinate": _keyed("HS256", _public_x),
    "alg HS256 by nothing": _keyed("HS256", lambda _: b""),
    "alg HS384 by the public PEM": _keyed("HS384", _public_pem),
    "alg HS512 by the public PEM": _keyed("HS512", _public_pem),
    "alg RS256": _rsa("RS256"),
    "alg PS256": _rsa("PS256"),
    "alg EdDSA": _edwards,
    **{
        f"alg {alg!r} over an ES256 signature": _head(alg=alg)
        for alg in ("es256", "ES256K", "ES384", "ES512", "ES256 ", "none", ["ES256"], 256, True)
    },
    "alg missing": _head(alg=...),
    "alg twice": lambda f: f.header_plus('"alg": "none"'),
    "alg twice, the right one last": lambda f: f.signed(
        header=b'{"alg": "none", ' + json.dumps(f.header).encode()[1:]
    ),
    **{
        f"typ {typ!r}": _head(typ=typ)
        for typ in (
            "JWT", "AT+JWT", "at+JWT", "application/at+jwt", "at+jwt ", "logout+jwt", "secevent+jwt",
            "dpop+jwt", "token-introspection+jwt", "", None, 1, ["at+jwt"],
        )
    },
    "typ missing": _head(typ=...),
    "typ twice": lambda f: f.header_plus('"typ": "JWT"'),
    "kid missing": _head(kid=...),
    "kid unknown": _head(kid="another"),
    "kid empty": _head(kid=""),
    "kid null": _head(kid=None),
    "kid a number": _head(kid=1),
    "kid a list": _kid(lambda kid: [kid]),
    "kid an object": _kid(lambda kid: {"kid": kid}),
    "kid a path": _head(kid="../../../../../dev/null"),
    "kid a file of a service": _head(kid="gateway.pem"),
    "kid an address": _head(kid="http://127.0.0.1:9/jwks.json"),
    "kid of SQL": _kid(lambda kid: f"{kid}' or '1'='1"),
    "kid of SQL union": _head(kid="x' union select 'secret' --"),
    "kid of a command": _kid(lambda kid: f"{kid}|/bin/true"),
    "kid with NUL": _kid(lambda kid: f"{kid}\0"),
    "kid with a space": _kid(lambda kid: f"{kid} "),
    "kid in another case": _kid(str.swapcase),
    "kid cut": _kid(lambda kid: kid[:-1]),
    "kid long": _head(kid="k" * 4_000),
    "kid twice": lambda f: f.header_plus('"kid": "another"'),
    "jwk brought along": _brought_key,
    "jwk brought along with its kid": _kid_of_brought_key,
    "jku": _head(jku="http://127.0.0.1:9/jwks.json"),
    "x5u": _head(x5u="http://127.0.0.1:9/chain.pem"),
    "x5c": _head(x5c=["MIIB"]),
    "x5t": _head(x5t="AAAA"),
    "x5t#S256": _head(**{"x5t#S256": "AAAA"}),
    "crit of a claim": _head(crit=["exp"]),
    "crit empty": _head(crit=[]),
    "crit unknown": _head(crit=["nmo"], nmo=1),
    "crit of b64": _head(crit=["b64"], b64=True),
    "b64 false": _head(b64=False),
    "b64 false and crit": _head(b64=False, crit=["b64"]),
    "zip": _head(zip="DEF"),
    "enc": _head(enc="A256GCM"),
    "cty": _head(cty="JWT"),
    "nonce": _head(nonce="1"),
    "iss in the header": _head(iss="http://127.0.0.1"),
    "unknown member": _head(nmo="1"),
}  # fmt: skip
"""The genuine token with another header, signed anew by the issuer's key wherever a signature of ES256 is possible."""
