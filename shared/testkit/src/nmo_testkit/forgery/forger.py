"""What a forger has in hand: a genuine token, and, worse than any real forger, the issuer's own key.

Signing with the right key is what makes a case mean something: only the forged detail is left to be refused for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from joserfc.jwk import ECKey

HALF = 32


def b64(value: bytes | str) -> str:
    """Base64url without padding."""
    raw = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes behind base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature(
    key: EllipticCurvePrivateKey, text: str, kind: HashAlgorithm | None = None, half: int = HALF
) -> bytes:
    """An ECDSA signature as JOSE writes it: both numbers, one after the other."""
    r, s = decode_dss_signature(key.sign(text.encode(), ECDSA(kind or SHA256())))
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


@dataclass(frozen=True, slots=True)
class Forger:
    """A genuine token and the keys at hand."""

    token: str
    """Accepted as it stands."""
    key: ECKey
    """The key that signed it."""
    retired: ECKey
    """A key that the issuer once used, with its `kid`."""
    stranger: ECKey
    """A key that proves another service to the issuer, and no token."""
    elsewhere: str
    """Another audience that exists."""

    @property
    def header(self) -> dict[str, Any]:
        """The genuine token's header."""
        found: dict[str, Any] = json.loads(unb64(self.token.split(".")[0]))
        return found

    @property
    def claims(self) -> dict[str, Any]:
        """The genuine token's claims."""
        found: dict[str, Any] = json.loads(unb64(self.token.split(".")[1]))
        return found

    @property
    def parts(self) -> tuple[str, str, str]:
        """Header, claims and signature as they stand in the token."""
        header, claims, signed = self.token.split(".")
        return header, claims, signed

    @property
    def secret(self) -> EllipticCurvePrivateKey:
        """The issuer's key for signing by hand."""
        return _secret(self.key)

    def signed(
        self,
        claims: Mapping[str, Any] | bytes | None = None,
        header: Mapping[str, Any] | bytes | None = None,
        key: ECKey | None = None,
    ) -> str:
        """A well-signed token of any header and claims; JSON may be given as bytes."""
        head = header if isinstance(header, bytes) else json.dumps(header or self.header).encode()
        body = claims if isinstance(claims, bytes) else json.dumps(claims or self.claims).encode()
        text = f"{b64(head)}.{b64(body)}"
        return f"{text}.{b64(signature(_secret(key or self.key), text))}"

    def with_claims(self, **changes: Any) -> str:
        """The genuine token with claims changed and signed anew; `...` takes a claim away."""
        return self.signed(_changed(self.claims, changes))

    def with_header(self, **changes: Any) -> str:
        """The same for the header."""
        return self.signed(header=_changed(self.header, changes))

    def claims_plus(self, text: str) -> str:
        """The genuine claims with raw JSON members added at the end."""
        return self.signed(json.dumps(self.claims)[:-1].encode() + f", {text}}}".encode())

    def header_plus(self, text: str) -> str:
        """The genuine header with raw JSON members added at the end."""
        return self.signed(header=json.dumps(self.header)[:-1].encode() + f", {text}}}".encode())

    def resigned(self, raw: bytes) -> str:
        """The genuine token with other bytes for a signature."""
        header, claims, _ = self.parts
        return f"{header}.{claims}.{b64(raw)}"

    def tampered(self, **changes: Any) -> str:
        """Claims changed, and the genuine signature left as it was."""
        header, _, signed = self.parts
        return f"{header}.{b64(json.dumps(_changed(self.claims, changes)))}.{signed}"


def _secret(key: ECKey) -> EllipticCurvePrivateKey:
    return cast("EllipticCurvePrivateKey", key.private_key)


def _changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}
