"""Keys and passwords of the local system, made once and kept in `.local/secrets/` with mode 600."""

from __future__ import annotations

import datetime as dt
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from nmo_local.paths import SECRETS

CERTIFICATE_DAYS = 730
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def password(name: str) -> str:
    """A random password, the same at each call."""
    return _once(SECRETS / f"{name}.txt", lambda: secrets.token_hex(24).encode()).read_text()


def field_key(name: str) -> Path:
    """File with a 32-byte key in hexadecimal digits."""
    return _once(SECRETS / f"{name}.key", lambda: secrets.token_hex(32).encode())


def signing_key(client_id: str) -> Path:
    """File with a service's ES256 private key; its public half lies where identity looks for it."""
    file = _once(SECRETS / f"{client_id}.pem", lambda: _pem(ec.generate_private_key(ec.SECP256R1())))
    public = public_keys() / f"{client_id}.pem"
    if not public.exists():
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        public.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    return file


def seal_key(service: str) -> Path:
    """File with the ES256 key that signs the checkpoints of a service's journal."""
    return _once(SECRETS / f"seal_{service}.pem", lambda: _pem(ec.generate_private_key(ec.SECP256R1())))


def public_keys() -> Path:
    """Folder with the public keys of all services."""
    folder = SECRETS / "service_keys"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def certificate(name: str, common_name: str) -> tuple[Path, Path]:
    """Files with a self-signed RSA certificate and its key, as a system registers them at ЕСИА."""
    key_file = _once(SECRETS / f"{name}.key.pem", lambda: _pem(rsa.generate_private_key(65537, 2048)))
    certificate_file = _once(SECRETS / f"{name}.cert.pem", lambda: _self_signed(key_file, common_name))
    return certificate_file, key_file


def gost_certificate(name: str, common_name: str) -> tuple[Path, Path]:
    """The same with a GOST R 34.10-2012 key, made by openssl and its engine (`infra.gost.provide` goes first)."""
    made = ("-algorithm", "gost2012_256", "-pkeyopt", "paramset:A")
    key_file = _once(SECRETS / f"{name}.key.pem", lambda: _openssl("genpkey", *made))
    signed = ("-x509", "-new", "-md_gost12_256", "-key", str(key_file), "-subj", f"/CN={common_name}")
    certificate_file = _once(
        SECRETS / f"{name}.cert.pem", lambda: _openssl("req", *signed, "-days", str(CERTIFICATE_DAYS))
    )
    return certificate_file, key_file


def _openssl(command: str, *options: str) -> bytes:
    return subprocess.run(
        ["openssl", command, "-engine", "gost", *options], capture_output=True, check=True, timeout=30
    ).stdout


def _self_signed(key_file: Path, common_name: str) -> bytes:
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(key_file)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _once(file: Path, make: Callable[[], bytes]) -> Path:
    if not file.exists():
        SECRETS.mkdir(parents=True, exist_ok=True)
        SECRETS.chmod(0o700)
        file.touch(mode=0o600)
        file.write_bytes(make())
    return file
