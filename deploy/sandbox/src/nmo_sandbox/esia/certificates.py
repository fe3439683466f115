"""Certificates of registered systems: what kind of key they hold, when they are good, what they signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # the library ships no types
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from nmo_sandbox.esia import gost

_SMALLEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class SystemCertificate:
    """One certificate of a system.

    Attributes:
        der: the certificate's bytes.
        kind: `gost` for GOST R 34.10-2012 with 256 bits, `rsa` for the historical RSA with SHA-256.
        begins, ends: its term.
    """

    der: bytes
    kind: Literal["gost", "rsa"]
    begins: datetime
    ends: datetime
    key: gost.PublicKey | RSAPublicKey

    @property
    def streebog(self) -> str:
        """`client_certificate_hash` of the certificate: 64 upper-case hexadecimal digits over its DER."""
        return gost.streebog(self.der).hex().upper()

    def valid_at(self, moment: datetime) -> bool:
        """Tell whether the moment lies in the certificate's term."""
        return self.begins <= moment <= self.ends

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Tell whether the signature over `signed` is this certificate's: raw GOST, or RSA with PKCS#1 and SHA-256."""
        if isinstance(self.key, gost.PublicKey):
            return self.key.verifies(signed, signature)
        try:
            self.key.verify(signature, signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def read_pem(text: str) -> list[SystemCertificate]:
    """Read one or several certificates.

    Raises:
        ValueError: there is none, or one holds another key than GOST R 34.10-2012 (256) or RSA of 2048 bits and more.
    """
    return [_read(certificate) for certificate in x509.load_pem_x509_certificates(text.encode())]


def _read(certificate: x509.Certificate) -> SystemCertificate:
    der = certificate.public_bytes(Encoding.DER)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if certificate.public_key_algorithm_oid.dotted_string == gost.KEY_OID:
        info = asn1_x509.Certificate.load(der)["tbs_certificate"]["subject_public_key_info"]
        return SystemCertificate(der, "gost", begins, ends, gost.PublicKey.read(info.dump()))
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_RSA:
        raise ValueError(
            "certificates with a GOST R 34.10-2012 key (256 bits) or RSA from 2048 bits are taken"
        )
    return SystemCertificate(der, "rsa", begins, ends, key)
