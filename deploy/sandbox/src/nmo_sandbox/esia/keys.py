"""Keys with which the ЕСИА stand-in signs tokens. Made at the first start, published only as certificates."""

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from asn1crypto import pem as armour  # type: ignore[import-untyped]  # the library ships no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from nmo_sandbox.esia import gost
from nmo_sandbox.esia.self_signed import gost_certificate, rsa_certificate

Algorithm = Literal["RS256", "GOST3410_2012_256"]
ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "GOST3410_2012_256")
_TERM = timedelta(days=365)
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of one algorithm with its self-signed certificate."""

    private: RSAPrivateKey | gost.PrivateKey
    certificate: x509.Certificate

    @property
    def algorithm(self) -> Algorithm:
        """`alg` of the tokens it signs."""
        return "GOST3410_2012_256" if isinstance(self.private, gost.PrivateKey) else "RS256"

    @property
    def thumbprint(self) -> str:
        """Streebog-256 of the certificate, as codes carry it in `x5t#St256`."""
        return gost.streebog(self.certificate.public_bytes(serialization.Encoding.DER)).hex().upper()

    @property
    def name(self) -> str:
        """File name in the published archive, without an extension."""
        kind = "rsa" if self.algorithm == "RS256" else "gost"
        return f"esia_{kind}_{self.certificate.serial_number:x}"[:40]

    def sign(self, data: bytes) -> bytes:
        """Return the signature as a token carries it."""
        if isinstance(self.private, gost.PrivateKey):
            return self.private.sign(data)
        return self.private.sign(data, PKCS1v15(), hashes.SHA256())

    @classmethod
    def generate(cls, algorithm: Algorithm, now: datetime) -> "SigningKey":
        """Make a key with a certificate that is valid for a year, as the real ones are."""
        private = (
            generate_private_key(public_exponent=65537, key_size=2048)
            if algorithm == "RS256"
            else gost.PrivateKey.generate()
        )
        return cls(private, certify(private, now - timedelta(days=1), now + _TERM))

    def pem(self) -> bytes:
        """Return the private key and the certificate as one PEM text."""
        if isinstance(self.private, gost.PrivateKey):
            key: bytes = armour.armor("PRIVATE KEY", self.private.pkcs8())
        else:
            key = self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def from_pem(cls, text: bytes) -> "SigningKey":
        """Read what `pem` wrote. Raises ValueError for anything else."""
        certificate = x509.load_pem_x509_certificate(text)
        if certificate.public_key_algorithm_oid.dotted_string == gost.KEY_OID:
            der = next(body for kind, _, body in armour.unarmor(text, multiple=True) if kind == "PRIVATE KEY")
            return cls(gost.PrivateKey.read(der), certificate)
        private = serialization.load_pem_private_key(text, None)
        if not isinstance(private, RSAPrivateKey):
            raise ValueError("the stand-in signs with RSA and GOST keys")  # noqa: TRY004 a wrong file, not a wrong call
        return cls(private, certificate)


def certify(private: RSAPrivateKey | gost.PrivateKey, begins: datetime, ends: datetime) -> x509.Certificate:
    """Return a self-signed certificate for the key."""
    names = ("ЕСИА (учебный стенд)", "Учебный стенд, не Госуслуги")
    if isinstance(private, gost.PrivateKey):
        return gost_certificate(private, *names, begins, ends)
    return rsa_certificate(private, *names, begins, ends)


class KeyRing:
    """Signing keys of each algorithm, earlier ones still published, and strangers' for the fault `bad_signature`."""

    def __init__(self, folder: Path | None, now: datetime) -> None:
        self._folder = folder
        self._keys = self._read()
        self._strangers: dict[Algorithm, SigningKey] = {}
        known = {key.algorithm for key in self._keys}
        fresh = [SigningKey.generate(name, now) for name in ALGORITHMS if name not in known]
        if fresh:
            self._keys = [*self._keys, *fresh]
            self._save()

    def signing(self, algorithm: Algorithm) -> SigningKey:
        """The key of an algorithm that signs now."""
        return [key for key in self._keys if key.algorithm == algorithm][-1]

    def stranger(self, algorithm: Algorithm, now: datetime) -> SigningKey:
        """Return a key that is never published."""
        if algorithm not in self._strangers:
            self._strangers[algorithm] = SigningKey.generate(algorithm, now)
        return self._strangers[algorithm]

    def published(self) -> Sequence[SigningKey]:
        """Return the keys whose certificates the archive holds, oldest first."""
        return tuple(self._keys)

    def rotate(self, now: datetime, *, overlap: bool) -> None:
        """Sign with new keys from now on; without overlap the old certificates leave the archive at once."""
        kept = [self.signing(name) for name in ALGORITHMS] if overlap else []
        self._keys = [*kept, *(SigningKey.generate(name, now) for name in ALGORITHMS)]
        self._save()

    def archive(self, *, expired_at: datetime | None = None) -> bytes:
        """Return the published certificates as a zip of `.cer` files in PEM form, oldest first.

        Args:
            expired_at: put certificates into the archive that ended at that moment instead of the real ones.
        """
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for key in self._keys:
                certificate = key.certificate
                if expired_at:
                    certificate = certify(key.private, expired_at - _TERM, expired_at)
                entry = zipfile.ZipInfo(f"{key.name}.cer", _ZIP_TIME)
                archive.writestr(entry, certificate.public_bytes(serialization.Encoding.PEM))
        return target.getvalue()

    def _read(self) -> list[SigningKey]:
        if self._folder is None or not self._folder.exists():
            return []
        files = sorted(self._folder.glob("*.pem"), key=lambda file: int(file.stem))
        return [SigningKey.from_pem(file.read_bytes()) for file in files]

    def _save(self) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep = {f"{place}.pem": key for place, key in enumerate(self._keys)}
        for name, key in keep.items():
            handle = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(key.pem())
        for file_path in self._folder.glob("*.pem"):
            if file_path.name not in keep:
                file_path.unlink()
