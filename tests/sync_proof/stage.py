"""What the proof works on: a register of computed people in a process of its own, keys, and the mirror's database."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from nmo_testkit.wait import until

CLIENT = "NMO-REGISTRY"


@dataclass(frozen=True, slots=True)
class Stage:
    """The register's address and what a process of the registry needs to know."""

    url: str
    environment: dict[str, str]
    total: int
    dump_bytes: int


def _keys(folder: Path) -> str:
    """Write the keys; the certificate by which the register knows this system."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CLIENT)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "frmr.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for file in ("field.key", "index.key"):
        (folder / file).write_text(secrets.token_hex(32))
        (folder / file).chmod(0o600)
    return certificate.public_bytes(Encoding.PEM).decode()


@asynccontextmanager
async def stage(folder: Path, database_url: str, *, cards: int, seed: int) -> AsyncIterator[Stage]:
    """The stand-in with so many computed cards beside its sandbox people, for the block."""
    certificate = _keys(folder)
    url = f"http://127.0.0.1:{(port := _free_port())}"
    environment = {**os.environ, "NMO_SANDBOX_ENVIRONMENT": "test"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nmo_sandbox", "frmr", "--port", str(port), env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as client:
            await until(lambda: _answers(client, url), timeout_s=30)
            registration = {"certificate_pem": certificate}
            async with client.put(f"{url}/sandbox/clients/{CLIENT}", json=registration) as answer:
                answer.raise_for_status()
            async with client.post(f"{url}/sandbox/generate", json={"count": cards, "seed": seed}) as answer:
                answer.raise_for_status()
            # A register has its dump ready: computing cards is no part of reading them.
            async with client.post(
                f"{url}/sandbox/dump", timeout=aiohttp.ClientTimeout(total=None)
            ) as answer:
                answer.raise_for_status()
                ready = await answer.json()
        yield Stage(url, _environment(folder, url, database_url), int(ready["total"]), int(ready["bytes"]))
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(f"{url}/livez") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _environment(folder: Path, url: str, database_url: str) -> dict[str, str]:
    own = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "FRMR_URL": url,
        "FRMR_CLIENT_ID": CLIENT,
        "FRMR_KEY_FILE": str(folder / "frmr.pem"),
        "FIELD_KEY_FILE": str(folder / "field.key"),
        "INDEX_KEY_FILE": str(folder / "index.key"),
    }
    # Compiled code is kept, as it is where the service is installed.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    prefixed = {f"NMO_REGISTRY_{name}": value for name, value in own.items()}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "code"), **prefixed}
