"""What the tests of the stand-ins share: registered systems, signing clients, a browser that signs in."""

import copy
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

from nmo_local.infra import gost
from nmo_sandbox.esia.app import create_app
from nmo_sandbox.esia.keys import KeyRing
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
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.private.public_key()), critical=False
            )
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
        call = ["openssl", command, "-sign", "-binary", "-outform", "DER", "-md", digest]
        call += ["-signer", str(self.certificate_file), "-inkey", str(self.key_file), *options]
        return subprocess.run(call, input=text.encode(), capture_output=True, check=True, timeout=30).stdout


class Stand:
    """The stand-in under test, a registered system that signs, and a browser with its own cookies."""

    redirect = REDIRECT
    scope = SCOPE
    base = BASE

    def __init__(self, app: FastAPI, browser: httpx2.AsyncClient, signer: Signer) -> None:
        self.app = app
        self.esia = app.state.esia
        self.browser = browser
        self.signer = signer

    @staticmethod
    def hidden(body: str, name: str) -> str:
        return hidden(body, name)

    @staticmethod
    def secret(der: bytes) -> str:
        return urlsafe_b64encode(der).decode()

    @staticmethod
    def stamp(shift_s: float = 0, offset_hours: int = 0) -> str:
        zone = dt.timezone(dt.timedelta(hours=offset_hours))
        return f"{dt.datetime.now(zone) + dt.timedelta(seconds=shift_s):%Y.%m.%d %H:%M:%S %z}"

    @staticmethod
    def text(params: dict[str, str]) -> str:
        return "".join(params.get(name, "") for name in ("scope", "timestamp", "client_id", "state"))

    @staticmethod
    def query(answer: httpx2.Response) -> dict[str, str]:
        """Return the query of a redirect."""
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    def sign(self, params: dict[str, str], signer: Signer | None = None) -> dict[str, str]:
        return params | {"client_secret": self.secret((signer or self.signer).openssl(self.text(params)))}

    def ask(self, **changes: str) -> dict[str, str]:
        """Return a sound authorization request, signed after the changes were made."""
        params = {
            "client_id": "NMO01",
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": str(uuid4()),
            "timestamp": self.stamp(),
            "access_type": "online",
        }
        return self.sign(params | changes)

    def redeem(self, code: str, /, **changes: str) -> dict[str, str]:
        """Return a sound token request, signed after the changes were made."""
        params = {
            "client_id": "NMO01",
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": str(uuid4()),
            "timestamp": self.stamp(),
            "token_type": "Bearer",
        }
        return self.sign(params | changes)

    async def open_form(self, params: dict[str, str]) -> dict[str, str]:
        """Ask for a sign-in, load the page it leads to, return the form's hidden fields."""
        asked = await self.browser.get("/aas/oauth2/ac", params=params)
        assert asked.status_code == 302, asked.text
        shown = await self.browser.get(asked.headers["location"])
        assert shown.status_code == 200
        return {name: hidden(shown.text, name) for name in ("request", "token")}

    async def sign_in(self, params: dict[str, str], login: str = "match") -> httpx2.Response:
        """Sign a person in; returns the answer to the posted form."""
        fields = await self.open_form(params)
        return await self.browser.post("/idp/login", data=fields | {"login": login, "password": "sandbox"})

    async def code(self, login: str = "match", **changes: str) -> str:
        answer = await self.sign_in(self.ask(**changes), login)
        assert answer.status_code == 302, answer.text
        return self.query(answer)["code"]

    async def te(self, params: dict[str, str]) -> httpx2.Response:
        return await self.browser.post("/aas/oauth2/te", data=params)

    async def tokens(self, login: str = "match", **changes: str) -> dict:
        code = await self.code(login, **changes)
        answer = await self.te(self.redeem(code, scope=changes.get("scope", SCOPE)))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rest(self, path: str, token: str) -> httpx2.Response:
        return await self.browser.get(path, headers={"Authorization": f"Bearer {token}"})

    async def faults(self, **wanted: object) -> None:
        answer = await self.browser.put("/sandbox/faults", json=wanted)
        assert answer.status_code == 200, answer.text

    async def register(
        self, client_id: str = "NMO01", signer: Signer | None = None, **changes: object
    ) -> httpx2.Response:
        data = {
            "certificate_pem": (signer or self.signer).pem,
            "redirect_uris": [REDIRECT],
            "scopes": SCOPE.split(),
        }
        return await self.browser.put(f"/sandbox/clients/{client_id}", json=data | changes)


def hidden(body: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', body)
    assert found, f"no hidden field {name}"
    return found.group(1)


@pytest.fixture(scope="session")
def signer(tmp_path_factory) -> Signer:
    return Signer(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory) -> Signer:
    return Signer(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session")
def expired(tmp_path_factory) -> Signer:
    return Signer(tmp_path_factory.mktemp("expired"), begins_days=-30, ends_days=-1)


@pytest.fixture(scope="session")
def gost_engine() -> None:
    """OpenSSL's GOST engine: installed, or unpacked beside us; without it these tests fail and say what is missing."""
    gost.provide()


@pytest.fixture(scope="session")
def drawn():
    """Keys drawn once: drawing them for each stand-in took most of its start."""
    return KeyRing(None, dt.datetime.now(dt.UTC))


@pytest.fixture
async def stand(signer, drawn, monkeypatch):
    """An ЕСИА stand-in in memory where the system NMO01 is registered."""
    monkeypatch.setattr("nmo_sandbox.esia.core.KeyRing", lambda *_: copy.copy(drawn))
    app = create_app(SandboxSettings(environment="test", state=None))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as browser:
        stand = Stand(app, browser, signer)
        assert (await stand.register()).status_code == 201
        yield stand
