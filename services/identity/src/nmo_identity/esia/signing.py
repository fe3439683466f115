"""`client_secret` of ЕСИА version 1: a detached CMS signature over the request's own values (SSO-06)."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs7


class Signer(Protocol):
    """Signs the bytes of a request; a hardware or GOST signer takes this place."""

    def sign(self, data: bytes) -> bytes:
        """DER of the detached CMS signature."""


class RsaCmsSigner:
    """RSA with SHA-256, the signer's certificate inside, key from a PEM file."""

    def __init__(self, certificate_file: Path, key_file: Path) -> None:
        """Read both files.

        Raises:
            ValueError: the key is not RSA, or does not belong to the certificate.
        """
        self._certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey) or key.public_key() != self._certificate.public_key():
            raise ValueError("the key of the system does not belong to its certificate")
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """DER of the detached CMS signature with signed attributes."""
        builder = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(data)
            .add_signer(self._certificate, self._key, hashes.SHA256())
        )
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return builder.sign(serialization.Encoding.DER, options)


def timestamp(moment: datetime) -> str:
    """ЕСИА's form of a moment: `2026.01.31 09:05:00 +0000`, no colon in the offset."""
    return moment.strftime("%Y.%m.%d %H:%M:%S %z")


def client_secret(signer: Signer, *, scope: str, moment: str, client_id: str, state: UUID) -> str:
    """base64url (padded) of the signature over scope + timestamp + client_id + state, nothing between."""
    signed = signer.sign(f"{scope}{moment}{client_id}{state}".encode())
    return base64.urlsafe_b64encode(signed).decode()
