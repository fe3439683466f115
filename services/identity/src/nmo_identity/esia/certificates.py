"""Certificates by which ЕСИА signs its tokens: pinned files, several at once, each within its dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.jwk import RSAKey

from nmo_identity.esia.openssl import Openssl
from nmo_identity.esia.signing import GOST_KEY_OID, public_pem
from nmo_identity.providers.jws import VerifyingKey

logger = structlog.get_logger(__name__)
MIN_RSA_BITS = 2048
RS256 = "RS256"
GOST = "GOST3410_2012_256"
_SUFFIXES = {".cer", ".crt", ".pem"}


@dataclass(frozen=True, slots=True)
class GostVerifier:
    """A public GOST key of ЕСИА; each check starts openssl for some milliseconds."""

    public_key_pem: bytes
    openssl: Openssl
    algorithm: str = GOST

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether the 64 bytes `s‖r` are this key's."""
        return self.openssl.verifies(self.public_key_pem, signed, signature)


@dataclass(frozen=True, slots=True)
class PinnedCertificate:
    """A trusted key and the time it may be trusted."""

    key: VerifyingKey
    algorithm: str
    not_before: datetime
    not_after: datetime


def read_certificates(paths: Sequence[Path], openssl: Openssl | None = None) -> list[PinnedCertificate]:
    """Read files of ЕСИА's archive, or folders of them: PEM with one or several certificates, or DER with one.

    Raises:
        ValueError: a file holds none, or a key that is neither GOST R 34.10-2012 nor RSA of at least 2048 bits.
    """
    found = []
    for path in _files(paths):
        for certificate in _certificates(path.read_bytes()):
            key, algorithm = _key(certificate, path.name, openssl or Openssl())
            found.append(
                PinnedCertificate(
                    key, algorithm, certificate.not_valid_before_utc, certificate.not_valid_after_utc
                )
            )
    return found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
        else:
            yield path


def _key(certificate: x509.Certificate, name: str, openssl: Openssl) -> tuple[VerifyingKey, str]:
    if certificate.public_key_algorithm_oid.dotted_string == GOST_KEY_OID:
        return GostVerifier(public_pem(certificate), openssl), GOST
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey) or public.key_size < MIN_RSA_BITS:
        raise ValueError(
            f"{name}: only GOST R 34.10-2012 keys and RSA keys of 2048 bits and more are accepted"
        )
    return RSAKey.import_key(public), RS256


def _certificates(data: bytes) -> list[x509.Certificate]:
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificates(data)
    return [x509.load_der_x509_certificate(data)]


def valid_keys(certificates: Sequence[PinnedCertificate], now: datetime) -> list[VerifyingKey]:
    """Keys whose certificates are valid at `now`."""
    return [item.key for item in certificates if item.not_before <= now <= item.not_after]


class Pinned:
    """The pinned certificates, read anew when a file of them changes: a rotation needs no restart."""

    def __init__(self, paths: Sequence[Path], openssl: Openssl) -> None:
        """Read the files.

        Raises:
            ValueError: one of them is unfit, or there is no certificate at all.
        """
        self._paths, self._openssl = paths, openssl
        self._seen = self._stamp()
        self._kept = read_certificates(paths, openssl)
        if not self._kept:
            raise ValueError("no certificate of ЕСИА is pinned")

    def now(self) -> list[PinnedCertificate]:
        """The certificates; after a change of files the new ones, unless they cannot be read."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._kept = read_certificates(self._paths, self._openssl) or self._kept
        except (OSError, ValueError) as error:
            # Signing in goes on with those read before; whoever changed the files reads why.
            logger.warning("pinned_certificates_unreadable", error=type(error).__name__)
        return self._kept

    def _stamp(self) -> list[tuple[str, int, int]]:
        return [
            (str(file), stat.st_mtime_ns, stat.st_size)
            for file in _files(self._paths)
            for stat in [file.stat()]
        ]
