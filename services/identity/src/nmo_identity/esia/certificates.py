"""Certificates by which ЕСИА signs its tokens: pinned files, several at once, each within its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.jwk import RSAKey

MIN_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class PinnedCertificate:
    """A trusted key and the time it may be trusted."""

    key: RSAKey
    not_before: datetime
    not_after: datetime


def read_certificates(paths: Sequence[Path]) -> list[PinnedCertificate]:
    """Read files of ЕСИА's archive: PEM with one or several certificates, or DER with one (`.cer`).

    Raises:
        ValueError: a file holds none, or a key that is not RSA of at least 2048 bits.
    """
    found = []
    for path in paths:
        for certificate in _certificates(path.read_bytes()):
            public = certificate.public_key()
            if not isinstance(public, RSAPublicKey) or public.key_size < MIN_RSA_BITS:
                raise ValueError(f"{path.name}: only RSA keys of 2048 bits and more are accepted")
            key = RSAKey.import_key(public)
            found.append(
                PinnedCertificate(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
            )
    return found


def _certificates(data: bytes) -> list[x509.Certificate]:
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificates(data)
    return [x509.load_der_x509_certificate(data)]


def valid_keys(certificates: Sequence[PinnedCertificate], now: datetime) -> list[RSAKey]:
    """Keys whose certificates are valid at `now`."""
    return [item.key for item in certificates if item.not_before <= now <= item.not_after]
