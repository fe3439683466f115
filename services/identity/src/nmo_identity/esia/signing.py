"""The portal's own keys at ЕСИА: RSA in this process, GOST R 34.10-2012 through OpenSSL's engine (SSO-06).

Version 1 signs by CMS, version 2 by the bare signature; which values are signed in which order says `protocol.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # the library ships no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs7

from nmo_identity.esia.openssl import Openssl, OpensslError

GOST_KEY_OID = "1.2.643.7.1.1.1.1"
_PROBE = b"the key belongs to the certificate"


class OwnKey(Protocol):
    """A key with its certificate; a hardware signer takes the same place."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that ЕСИА knows us by."""

    def cms(self, data: bytes) -> bytes:
        """DER of a detached CMS signature with the certificate inside. May block for some milliseconds."""

    def raw(self, data: bytes) -> bytes:
        """The bare signature. May block for some milliseconds."""


class RsaKey:
    """RSA with SHA-256, key from a PEM file."""

    def __init__(self, certificate: x509.Certificate, key_file: Path) -> None:
        """Read the key.

        Raises:
            ValueError: the key is not RSA, or does not belong to the certificate.
        """
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("the key of the system does not belong to its certificate")
        self.certificate = certificate
        self._key = key

    def cms(self, data: bytes) -> bytes:
        """DER of the detached CMS signature with signed attributes."""
        builder = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(data)
            .add_signer(self.certificate, self._key, hashes.SHA256())
        )
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return builder.sign(serialization.Encoding.DER, options)

    def raw(self, data: bytes) -> bytes:
        """PKCS#1 v1.5 signature over SHA-256."""
        return self._key.sign(data, PKCS1v15(), hashes.SHA256())


class GostKey:
    """GOST R 34.10-2012 with 256 bits, key in a PEM file that only openssl reads."""

    def __init__(
        self, certificate: x509.Certificate, certificate_file: Path, key_file: Path, openssl: Openssl
    ) -> None:
        """Try the key on its certificate.

        Raises:
            GostUnavailableError: the engine is not installed.
            ValueError: the key is no GOST key, or does not belong to the certificate.
        """
        openssl.require_gost()
        self.certificate = certificate
        self._certificate_file, self._key_file, self._openssl = certificate_file, key_file, openssl
        try:
            fits = openssl.verifies(public_pem(certificate), _PROBE, self.raw(_PROBE))
        except OpensslError:
            fits = False
        if not fits:
            raise ValueError("the key of the system does not belong to its certificate")

    def cms(self, data: bytes) -> bytes:
        """DER of the detached CMS signature with signed attributes. Raises OpensslError."""
        return self._openssl.sign_cms(self._certificate_file, self._key_file, data)

    def raw(self, data: bytes) -> bytes:
        """64 bytes `s‖r`, in the order ЕСИА wants. Raises OpensslError."""
        return self._openssl.sign_raw(self._key_file, data)


def read_key(certificate_file: Path, key_file: Path, openssl: Openssl) -> OwnKey:
    """Read a pair of files; the certificate says of which kind the key is.

    Raises:
        GostUnavailableError: a GOST pair without the engine.
        ValueError: the pair does not fit together.
    """
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    if certificate.public_key_algorithm_oid.dotted_string == GOST_KEY_OID:
        return GostKey(certificate, certificate_file, key_file, openssl)
    return RsaKey(certificate, key_file)


def key_at(keys: Sequence[OwnKey], moment: datetime) -> OwnKey:
    """The first key whose certificate is in its term; past all terms the last one, for ЕСИА to refuse by its number."""
    for key in keys:
        if key.certificate.not_valid_before_utc <= moment <= key.certificate.not_valid_after_utc:
            return key
    return keys[-1]


def public_pem(certificate: x509.Certificate) -> bytes:
    """The public key of a certificate whose kind `cryptography` does not know, as PEM."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    info = asn1_x509.Certificate.load(der)["tbs_certificate"]["subject_public_key_info"].dump()
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(info) + b"-----END PUBLIC KEY-----\n"


def timestamp(moment: datetime) -> str:
    """ЕСИА's form of a moment: `2026.01.31 09:05:00 +0000`, no colon in the offset."""
    return moment.strftime("%Y.%m.%d %H:%M:%S %z")
