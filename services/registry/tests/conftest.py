"""The registry against the real stand-in of the register, each in its own loop-bound server or database."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from pydantic import SecretStr

from nmo_kit import failpoints
from nmo_kit.app import Runtime, create_app
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_registry.app import build, resources
from nmo_registry.reference_books.commands.fetch import BookFetcher
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.commands.follow import Follower
from nmo_sandbox.frmr.app import create_app as create_upstream
from nmo_sandbox.frmr.state import State
from nmo_sandbox.settings import SandboxSettings
from nmo_testkit import client_for

CLIENT_ID = "NMO-TEST"


@dataclass(frozen=True)
class Keys:
    """Key files of a test process, and the certificate that the register knows it by."""

    frmr_key: Path
    certificate_pem: str
    field_key: Path
    index_key: Path


@dataclass(frozen=True)
class Upstream:
    """The running stand-in."""

    url: str
    app: FastAPI

    @property
    def state(self) -> State:
        return self.app.state.register

    async def faults(self, **wanted: Any) -> None:
        address = f"{self.url}/sandbox/faults"
        async with aiohttp.ClientSession() as client, client.put(address, json=wanted) as answer:
            assert answer.status == 200, await answer.text()

    async def publish_book(self, oid: str, version: str, **changes: Any) -> None:
        address = f"{self.url}/sandbox/books/{oid}/versions"
        body = {"version": version, **changes}
        async with aiohttp.ClientSession() as client, client.post(address, json=body) as answer:
            assert answer.status == 201, await answer.text()

    def patch(self, identifier: str, **changes: Any) -> None:
        card = self.state.card(key=identifier) or self.state.card(oid=identifier)
        assert card is not None
        self.state.put_card({**card, **changes})


@dataclass(frozen=True)
class Registry:
    """A registry's parts without a process around them."""

    runtime: Runtime
    follower: Follower
    cipher: FieldCipher

    @property
    def db(self) -> Database:
        return self.runtime.db

    @property
    def books(self) -> BookFetcher:
        fetcher: BookFetcher = self.runtime.extras["book_fetcher"]
        return fetcher


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("registry-keys")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CLIENT_ID)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "frmr.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for file in ("field.key", "index.key"):
        (folder / file).write_text(secrets.token_hex(32))
    return Keys(
        folder / "frmr.pem",
        certificate.public_bytes(Encoding.PEM).decode(),
        folder / "field.key",
        folder / "index.key",
    )


@contextlib.asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on", access_log=False)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest_asyncio.fixture(loop_scope="session")
async def upstream(keys: Keys) -> AsyncIterator[Upstream]:
    app = create_upstream(SandboxSettings(state=None))
    app.state.register.put_client(CLIENT_ID, {"certificate_pem": keys.certificate_pem})
    async with _served(app) as url:
        yield Upstream(url, app)


def make_settings(upstream: Upstream, keys: Keys) -> RegistrySettings:
    return RegistrySettings(
        environment="test",
        database_url=SecretStr("postgresql://unused"),
        frmr_url=upstream.url,
        frmr_client_id=CLIENT_ID,
        frmr_key_file=keys.frmr_key,
        field_key_file=keys.field_key,
        index_key_file=keys.index_key,
        sync_page_size=4,
        books_page_size=40,
        sync_interval_s=0.05,
        match_timeout_s=2.0,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def registry(upstream: Upstream, keys: Keys, fresh_service_db: Any) -> AsyncIterator[Registry]:
    database = await fresh_service_db("nmo_registry")
    settings = make_settings(upstream, keys)
    runtime = Runtime(settings=settings, db=database, tokens=None)
    async with resources(runtime):
        yield Registry(runtime, runtime.extras["follower"], runtime.extras["cipher"])


@pytest_asyncio.fixture(loop_scope="session")
async def client(registry: Registry, token_factory: Any) -> AsyncIterator[Any]:
    app = create_app(build(), registry.runtime)
    async with client_for(app, tokens=token_factory, audience="registry") as found:
        yield found


@pytest.fixture(autouse=True)
def no_failpoints() -> Iterator[None]:
    yield
    failpoints.configure("")
