"""The stand-in of the register in this process, with a registered calling system."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

from nmo_sandbox.frmr.app import create_app
from nmo_sandbox.settings import SandboxSettings
from nmo_testkit import client_for

CLIENT_ID = "NMO-TEST"
Mint = Callable[..., str]


@pytest.fixture(scope="session")
def frmr_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def certificate(frmr_key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CLIENT_ID)])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(frmr_key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
    return (
        built.not_valid_after(now + dt.timedelta(days=1))
        .sign(frmr_key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )


@pytest.fixture(scope="session")
def mint(frmr_key: rsa.RSAPrivateKey) -> Mint:
    pem = frmr_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def token(key: Any = None, **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": CLIENT_ID, "aud": "test", "iat": now, "exp": now + 300, **claims}
        return jwt.encode({"alg": "RS256"}, body, key or RSAKey.import_key(pem), algorithms=["RS256"])

    return token


@pytest_asyncio.fixture(loop_scope="session")
async def frmr(certificate: str, mint: Mint) -> AsyncIterator[Any]:
    async with client_for(create_app(SandboxSettings(state=None))) as client:
        put = await client.put(f"/sandbox/clients/{CLIENT_ID}", json={"certificate_pem": certificate})
        assert put.json() == {"client_id": CLIENT_ID, "algorithm": "RS256"}
        client.headers["authorization"] = f"Bearer {mint()}"
        yield client
