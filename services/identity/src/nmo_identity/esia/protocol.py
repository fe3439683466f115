"""What differs between the versions of ЕСИА's sign-in: addresses, what is signed in which order, how (SSO-06)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from nmo_identity.esia.openssl import Openssl
from nmo_identity.esia.signing import OwnKey


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the protocol."""

    ask_path: str
    token_path: str
    asked: tuple[str, ...]
    """Parameters whose values `client_secret` signs when a sign-in is asked for, in this order, nothing between."""
    exchanged: tuple[str, ...]
    """The same when the code is exchanged."""
    by_cms: bool
    """Whether the signature is a CMS; otherwise it is bare, and the certificate is named by its hash."""

    def signed(
        self, values: Mapping[str, str], order: tuple[str, ...], key: OwnKey, certificate_hash: str | None
    ) -> dict[str, str]:
        """The values with their signature: exactly what is signed is sent. May block for some milliseconds.

        Raises:
            OpensslError: the engine refused.
        """
        text = "".join(values[name] for name in order).encode()
        made = key.cms(text) if self.by_cms else key.raw(text)
        secret = {"client_secret": base64.urlsafe_b64encode(made).decode()}
        named = {} if certificate_hash is None else {"client_certificate_hash": certificate_hash}
        return {**values, **named, **secret}


_V1 = ("scope", "timestamp", "client_id", "state")
_V2 = ("client_id", "scope", "timestamp", "state", "redirect_uri")
V1 = Version("/aas/oauth2/ac", "/aas/oauth2/te", _V1, _V1, by_cms=True)
V2 = Version("/aas/oauth2/v2/ac", "/aas/oauth2/v3/te", _V2, (*_V2, "code"), by_cms=False)


def certificate_hash(der: bytes, openssl: Openssl) -> str:
    """`client_certificate_hash`: Streebog-256 over the certificate's DER, 64 upper-case digits. Raises OpensslError."""
    return openssl.streebog(der).hex().upper()
