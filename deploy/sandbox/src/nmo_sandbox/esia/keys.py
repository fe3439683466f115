"""Keys with which the ЕСИА stand-in signs tokens. Made at the first start, published only as certificates."""

import io
import os
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_TERM = timedelta(days=365)
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its self-signed certificate."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def name(self) -> str:
        """File name in the published archive, without an extension."""
        return f"esia_rsa_{self.certificate.serial_number:x}"[:40]

    @classmethod
    def generate(cls, now: datetime) -> "SigningKey":
        """Make a key with a certificate that is valid for a year, as the real ones are."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(private, certify(private, now - timedelta(days=1), now + _TERM))

    def pem(self) -> bytes:
        """Return the private key and the certificate as one PEM text."""
        key = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def from_pem(cls, text: bytes) -> "SigningKey":
        """Read what `pem` wrote. Raises ValueError for anything else."""
        private = serialization.load_pem_private_key(text, None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("the stand-in signs with RSA keys")  # noqa: TRY004 a wrong file, not a wrong call
        return cls(private, x509.load_pem_x509_certificate(text))


def certify(private: rsa.RSAPrivateKey, begins: datetime, ends: datetime) -> x509.Certificate:
    """Return a self-signed certificate for the key."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "ЕСИА (учебный стенд)"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Учебный стенд, не Госуслуги"),
        ]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
    )
    return builder.sign(private, hashes.SHA256())


class KeyRing:
    """The signing key, earlier ones that are still published, and a stranger's key for the fault `bad_signature`."""

    def __init__(self, folder: Path | None, now: datetime) -> None:
        self._folder = folder
        self._keys = self._read()
        self._stranger: SigningKey | None = None
        if not self._keys:
            self._keys = [SigningKey.generate(now)]
            self._save()

    @property
    def signing(self) -> SigningKey:
        """The key that signs now."""
        return self._keys[-1]

    def stranger(self, now: datetime) -> SigningKey:
        """Return a key that is never published."""
        self._stranger = self._stranger or SigningKey.generate(now)
        return self._stranger

    def published(self) -> list[SigningKey]:
        """Return the keys whose certificates the archive holds, oldest first."""
        return list(self._keys)

    def rotate(self, now: datetime, *, overlap: bool) -> None:
        """Sign with a new key from now on; without overlap the old certificates leave the archive at once."""
        self._keys = [*(self._keys[-1:] if overlap else []), SigningKey.generate(now)]
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
        return [SigningKey.from_pem(file.read_bytes()) for file in sorted(self._folder.glob("*.pem"))]

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
