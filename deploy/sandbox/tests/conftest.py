"""What the tests of the stand-ins share: registered systems, signing clients, a browser that signs in."""

import datetime as dt
import re
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from nmo_sandbox.esia.app import create_app
from nmo_sandbox.settings import SandboxSettings

REDIRECT = "http://127.0.0.1:8080/auth/esia/callback"
SCOPE = "openid fullname birthdate gender snils email mobile"
BASE = "http://127.0.0.1:8190"


class Signer:
    """A system's key and certificate on disk, and ways to sign with them."""

    def __init__(self, folder: Path, *, begins_days: int = -1, ends_days: int = 30) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Портал (учебный)")])
        now = dt.datetime.now(dt.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=begins_days))
            .not_valid_after(now + dt.timedelta(days=ends_days))
            .sign(self.private, hashes.SHA256())
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.key_file, self.certificate_file = folder / "key.pem", folder / "certificate.pem"
        self.key_file.write_bytes(
            self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.certificate_file.write_text(self.pem)

    def openssl(self, text: str, *options: str, command: str = "cms", digest: str = "sha256") -> bytes:
        """Sign with the openssl program, which shares no code with the stand-in."""
        call = ["openssl", command, "-sign", "-binary", "-outform", "DER", "-md", digest, *options]
        call += ["-signer", str(self.certificate_file), "-inkey", str(self.key_file)]
        return subprocess.run(call, input=text.encode(), capture_output=True, check=True, timeout=30).stdout


def secret(der: bytes) -> str:
    return urlsafe_b64encode(der).decode()


def stamp(shift_s: float = 0, offset_hours: int = 0) -> str:
    zone = dt.timezone(dt.timedelta(hours=offset_hours))
    return f"{dt.datetime.now(zone) + dt.timedelta(seconds=shift_s):%Y.%m.%d %H:%M:%S %z}"


def signed_text(params: dict[str, str]) -> str:
    return "".join(params[name] for name in ("scope", "timestamp", "client_id", "state"))


def ask_params(signer: Signer, **changes: str) -> dict[str, str]:
    """Return a sound authorization request, signed after the changes were made."""
    params = {
        "client_id": "NMO01",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": str(uuid4()),
        "timestamp": stamp(),
        "access_type": "online",
    } | changes
    return {"client_secret": secret(signer.openssl(signed_text(params)))} | params


def token_params(signer: Signer, code: str, **changes: str) -> dict[str, str]:
    """Return a sound token request, signed after the changes were made."""
    params = {
        "client_id": "NMO01",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": str(uuid4()),
        "timestamp": stamp(),
        "token_type": "Bearer",
    } | changes
    return {"client_secret": secret(signer.openssl(signed_text(params)))} | params


def query_of(response: httpx2.Response) -> dict[str, str]:
    """Return the query of a redirect."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def hidden(body: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', body)
    assert found, f"no hidden field {name}"
    return found.group(1)


async def open_form(browser: httpx2.AsyncClient, params: dict[str, str], path: str = "/aas/oauth2/ac") -> dict[str, str]:
    """Ask for a sign-in, load the page it leads to, return the form's hidden fields."""
    asked = await browser.get(path, params=params)
    assert asked.status_code == 302, asked.text
    shown = await browser.get(asked.headers["location"])
    assert shown.status_code == 200
    return {name: hidden(shown.text, name) for name in ("request", "token")}


async def sign_in(
    browser: httpx2.AsyncClient, params: dict[str, str], login: str = "match", password: str = "sandbox"
) -> httpx2.Response:
    """Sign a person in; returns the answer to the posted form."""
    fields = await open_form(browser, params)
    return await browser.post("/idp/login", data=fields | {"login": login, "password": password})


async def code_for(browser: httpx2.AsyncClient, signer: Signer, login: str = "match", **changes: str) -> str:
    answer = await sign_in(browser, ask_params(signer, **changes), login)
    assert answer.status_code == 302, answer.text
    return query_of(answer)["code"]


async def tokens_for(browser: httpx2.AsyncClient, signer: Signer, login: str = "match", **changes: str) -> dict:
    code = await code_for(browser, signer, login, **changes)
    scope = {name: value for name, value in changes.items() if name == "scope"}
    answer = await browser.post("/aas/oauth2/te", data=token_params(signer, code, **scope))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="session")
def signer(tmp_path_factory) -> Signer:
    return Signer(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory) -> Signer:
    return Signer(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(environment="test", state=None)


@pytest.fixture
def esia_app(settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
async def browser(esia_app, signer):
    """A client with its own cookies, on a stand-in where the system NMO01 is registered."""
    transport = httpx2.ASGITransport(app=esia_app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        registration = {"certificate_pem": signer.pem, "redirect_uris": [REDIRECT], "scopes": SCOPE.split()}
        answer = await client.put("/sandbox/clients/NMO01", json=registration)
        assert answer.status_code == 201
        yield client
