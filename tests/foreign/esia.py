"""A foreign ЕСИА client of version 1 signs a person in at the stand-in: unmodified, configured, in an environment of its own.

`esia-connector` 0.16 (PyPI, BSD, eigenmethod) signs by RSA and CMS through the openssl program and checks tokens by a
key file. It has the production issuer written into its code, so its system is registered with that one.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ("esia-connector==0.16", "PyJWT==1.7.1", "pytz", "cryptography", "requests")
"""The client as published, with the releases of its time that it needs."""
ISSUER = "http://esia.gosuslugi.ru/"
"""Written into the client; the stand-in gives it to this system alone."""
SYSTEM = "FOREIGN"
CALLBACK = "http://127.0.0.1:8080/auth/esia/callback"
SCOPES = "openid fullname birthdate gender snils email mobile"


def uv() -> str:
    """The program that makes the throw-away environment."""
    own = ROOT / ".local" / "bootstrap" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    assert found, "uv is not there; run make setup"
    return found


@contextmanager
def stand_in(port: int) -> Iterator[str]:
    """The stand-in as a process of its own."""
    address = f"http://127.0.0.1:{port}"
    told = {
        "NMO_SANDBOX_ESIA_URL": address,
        "NMO_SANDBOX_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "nmo_sandbox", "esia", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **told}, stdout=subprocess.DEVNULL)
    try:
        # The transport tries a connection again until the program listens.
        with httpx2.Client(base_url=address, timeout=30, transport=httpx2.HTTPTransport(retries=10)) as http:
            http.get("/livez").raise_for_status()
        yield address
    finally:
        process.terminate()
        process.wait(30)


def own_pair(folder: Path) -> tuple[Path, Path]:
    """The system's certificate and RSA key, made by openssl."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        f"/CN={SYSTEM}",
        "-days",
        "30",
    ]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


def register(address: str, certificate: Path, folder: Path) -> Path:
    """What an operator does at ЕСИА's portal: the system registered, its archive fetched; the key of tokens as a file."""
    with httpx2.Client(base_url=address, timeout=30) as http:
        body = {
            "certificate_pem": certificate.read_text(),
            "redirect_uris": [CALLBACK],
            "signature_algorithm": "RS256",
            "issuer": ISSUER,
            "scopes": SCOPES,
        }
        http.put(f"/sandbox/clients/{SYSTEM}", json=body).raise_for_status()
        archive = zipfile.ZipFile(io.BytesIO(http.get("/public/esia.zip").content))
    name = next(name for name in archive.namelist() if name.startswith("esia_rsa"))
    public = x509.load_pem_x509_certificate(archive.read(name)).public_key()
    file = folder / "tokens.pem"
    file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


def sign_in(address: str, person: str) -> dict[str, Any]:
    """Sign a person in through the client; what it read of the person and of contacts.

    Raises:
        AssertionError: the client did not come through; its last lines are in the message.
    """
    with TemporaryDirectory(prefix="nmo-foreign-") as name:
        folder = Path(name)
        certificate, key = own_pair(folder)
        token_key = register(address, certificate, folder)
        call = [uv(), "run", "--quiet", "--no-project", "--python", "3.11"]
        call += [word for package in PACKAGES for word in ("--with", package)]
        call += ["python", str(HERE / "esia_connector_client.py")]
        call += [address, SYSTEM, str(certificate), str(key), str(token_key), person]
        done = subprocess.run(
            call,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    read: dict[str, Any] = json.loads(done.stdout)
    return read
