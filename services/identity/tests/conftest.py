"""A whole identity in this process, with small stand-ins of ЕСИА and of the register behind real HTTP."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import text

from nmo_identity.app import build
from nmo_identity.base import Model
from nmo_identity.local_accounts import proof_of_work
from nmo_identity.passwords import hashing
from nmo_identity.passwords.hashing import Hashing, Pepper
from nmo_identity.settings import IdentitySettings
from nmo_kit.app import create_app, open_runtime
from nmo_kit.db import Database, driver_of
from nmo_kit.http import ASSERTION_TYPE, client_assertion
from nmo_testkit.clients import client_for

from .local_people import LocalPeople
from .newcomers import Newcomer, mailbox, solved
from .stand_ins import (
    CLIENT_ID,
    ESIA_ISSUER,
    ISSUER,
    ORGANIZATION,
    SERVICES,
    SPECIALIST,
    EsiaStandIn,
    RegisterStandIn,
    pair,
    sandbox,
    served,
    sign,
)

SEEDED = {"assertion_use", "consent_text", "oidc_client", "role_grant", "rsa_signing_key", "signing_key"}
"""Tables that tests share: filled at the start, or by the tests' own service tokens."""


class Portal:
    """Identity as the gateway sees it."""

    def __init__(
        self, client: httpx2.AsyncClient, db: Database, keys: dict[str, ECKey], runtime: Any
    ) -> None:
        self.client = client
        self.db = db
        self.keys = keys
        self.runtime = runtime
        self.esia: EsiaStandIn
        self.register: RegisterStandIn

    async def token(self, form: dict[str, str], *, by: str = "gateway") -> httpx2.Response:
        """A call of the token endpoint by a service that proves itself with its key."""
        proof = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self.keys[by], client_id=by, audience=ISSUER),
        }
        return await self.client.post("/oauth2/token", data={**proof, **form})

    async def service_headers(self, by: str = "gateway") -> dict[str, str]:
        answer = await self.token({"grant_type": "client_credentials", "audience": "identity"}, by=by)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def exchange(self, handle: str, audience: str = "identity", **extra: str) -> httpx2.Response:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": audience,
            "subject_token": handle,
            "subject_token_type": "urn:nmo:params:oauth:token-type:session",
            **extra,
        }
        return await self.token(form)

    async def headers(self, handle: str) -> dict[str, str]:
        """A browser's request as the gateway passes it on."""
        return {"Authorization": f"Bearer {(await self.exchange(handle)).json()['access_token']}"}

    async def start(self, flow_id: str, provider: str = "esia") -> dict[str, str]:
        """Begin a sign-in; the query of ЕСИА's address."""
        answer = await self.client.post(
            "/internal/login/start",
            json={"provider": provider, "flow_id": flow_id},
            headers=await self.service_headers(),
        )
        assert answer.status_code == 200, answer.text
        return {
            name: values[0]
            for name, values in parse_qs(urlsplit(answer.json()["authorize_url"]).query).items()
        }

    async def finish(self, flow_id: str, query: dict[str, str], provider: str = "esia") -> httpx2.Response:
        body = {
            "provider": provider,
            "flow_id": flow_id,
            "query": query,
            "ip": "203.0.113.77",
            "user_agent": "tests",
        }
        return await self.client.post(
            "/internal/login/finish", json=body, headers=await self.service_headers()
        )

    async def sign_in(self, **person: Any) -> dict[str, Any]:
        """A whole sign-in of a person of the stand-in."""
        flow_id = secrets.token_urlsafe(32)
        query = await self.start(flow_id)
        answer = await self.finish(
            flow_id, {"code": self.esia.code_for(self.esia.person(**person)), "state": query["state"]}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def agree(self, handle: str) -> httpx2.Response:
        headers = await self.headers(handle)
        text_version = (await self.client.get("/api/v1/me/consents", headers=headers)).json()["current_text"][
            "version"
        ]
        return await self.client.post(
            "/api/v1/me/consents", json={"text_version": text_version}, headers=headers
        )

    async def me(self, handle: str) -> dict[str, Any]:
        answer = await self.client.get("/api/v1/me", headers=await self.headers(handle))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def journal(self, where: str = "true") -> list[dict[str, Any]]:
        async with self.db.read() as session:
            query = f"select * from journal where {where} order by at, id"  # noqa: S608 the tests' own conditions
            rows = await session.execute(text(query))
            return [dict(row) for row in rows.mappings()]


def read_claims(token: str) -> dict[str, Any]:
    """Claims without a check, for looking at what was issued."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def pkce() -> tuple[str, str]:
    """Verifier and S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@pytest.fixture(scope="session")
def helpers() -> Any:
    """Functions tests share (test files cannot import each other)."""

    class Helpers:
        sign = staticmethod(sign)
        mailbox = staticmethod(mailbox)
        solved = staticmethod(solved)
        pair = staticmethod(pair)
        pkce = staticmethod(pkce)
        read_claims = staticmethod(read_claims)
        sandbox = staticmethod(sandbox)
        served = staticmethod(served)
        issuer = ISSUER
        esia_issuer = ESIA_ISSUER
        client_id = CLIENT_ID
        organization = ORGANIZATION
        specialist = SPECIALIST

    return Helpers


@pytest.fixture
def newcomer(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes people who register at the portal itself; the proof of work is light, its real weight has its own test."""
    monkeypatch.setattr(proof_of_work, "LOWEST", 2)
    monkeypatch.setattr(proof_of_work, "HIGHEST", 4)

    def make(email: str | None = None, **typed: str) -> Newcomer:
        return Newcomer(portal, email, **typed)

    return make


@pytest.fixture
def cheap_hashing(portal: Any) -> Iterator[None]:
    """For what does not hang on the price of a hash."""
    before = hashing.current()
    cheap = Hashing(Pepper([b"p" * 32]), threads=1, memory_kib=64)
    hashing.configure(cheap)
    yield
    hashing.configure(before)
    cheap.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def portal_module(service_db: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    folder = tmp_path_factory.mktemp("identity")
    database: Database = await service_db("nmo_identity")
    certificate, key_file, _ = pair(folder, "system")
    trusted, _, esia_key = pair(folder, "esia")
    esia, register = EsiaStandIn(esia_key), RegisterStandIn()
    register.says("exact")
    async with AsyncExitStack() as stack:
        esia.base_url = await stack.enter_async_context(
            served(
                [
                    web.get("/", esia.root),
                    web.post("/aas/oauth2/te", esia.te),
                    web.get("/rs/prns/{oid}", esia.prns),
                    web.get("/rs/prns/{oid}/ctts", esia.ctts),
                ]
            )
        )
        register.base_url = await stack.enter_async_context(
            served([web.post("/internal/match", register.match), web.post("/internal/known", register.known)])
        )
        settings, keys = make_settings(folder, database, esia, register, certificate, key_file, trusted)
        service = build()
        runtime = await stack.enter_async_context(open_runtime(service, settings))
        assert service.seed is not None
        await service.seed(runtime, True)  # noqa: FBT003 the kit passes it by position
        client = await stack.enter_async_context(client_for(create_app(service, runtime)))
        portal = Portal(client, runtime.db, keys, runtime)
        portal.esia, portal.register = esia, register
        yield portal


def make_settings(
    folder: Path,
    database: Database,
    esia: EsiaStandIn,
    register: RegisterStandIn,
    certificate: Path,
    key_file: Path,
    trusted: Path,
) -> tuple[IdentitySettings, dict[str, ECKey]]:
    """Files and settings as the local system writes them."""
    url = database.engines[0].url.set(drivername="postgresql").render_as_string(hide_password=False)
    (folder / "field.key").write_text(secrets.token_hex(32))
    (folder / "index.key").write_text(secrets.token_hex(32))
    (folder / "pepper.key").write_text(secrets.token_hex(32))
    (folder / "partner.secret").write_text("partner-secret-" + "s" * 32)
    keys = {name: ECKey.generate_key("P-256") for name in SERVICES}
    (folder / "keys").mkdir()
    for name, key in keys.items():
        (folder / "keys" / f"{name}.pem").write_bytes(key.as_pem(private=False))
    provider = {
        "key": "esia", "kind": "esia_v1", "title": "Госуслуги", "base_url": esia.base_url, "issuer": ESIA_ISSUER,
        "client_id": CLIENT_ID, "scopes": "openid fullname birthdate gender snils email mobile",
        "certificate_file": str(certificate), "key_file": str(key_file), "trusted_certificates": [str(trusted)],
    }  # fmt: skip
    second = {**provider, "key": "second", "title": "Второй", "issuer": "http://second.stand-in/"}
    (folder / "providers.json").write_text(json.dumps([provider, second]))
    (folder / "seed.json").write_text(
        json.dumps(
            {
                "grants": [
                    {"snils": "112-233-445 95", "role": "org_staff", "organization_id": ORGANIZATION},
                    {"snils": "087-654-303 00", "role": "admin"},
                ],
                "clients": [
                    {
                        "client_id": "nmo-cli",
                        "kind": "public",
                        "first_party": True,
                        "redirect_uris": ["http://127.0.0.1:8199/callback"],
                        "scopes": ["openid", "profile", "api", "offline_access"],
                    },
                    {
                        "client_id": "partner-demo",
                        "kind": "confidential",
                        "scopes": ["partner"],
                        "secret_file": str(folder / "partner.secret"),
                    },
                ],
            }
        )
    )
    settings = IdentitySettings.model_validate(
        {
            "environment": "test",
            "database_url": SecretStr(url),
            "pool_size": 10,
            "public_url": ISSUER,
            "registry_url": register.base_url,
            "field_key_file": folder / "field.key",
            "index_key_file": folder / "index.key",
            "pepper_file": folder / "pepper.key",
            "service_keys_dir": folder / "keys",
            "providers_file": folder / "providers.json",
            "seed_file": folder / "seed.json",
        }
    )
    return settings, keys


@pytest_asyncio.fixture(loop_scope="session")
async def portal(portal_module: Portal) -> Portal:
    """The module's identity with its stand-ins as at the start and no person left from the test before."""
    portal_module.esia.mutate, portal_module.esia.down, portal_module.esia.fixed_tokens = None, False, None
    portal_module.esia.codes.clear()
    portal_module.register.down = False
    portal_module.register.says("exact")
    portal_module.register.asked.clear()
    portal_module.register.held.clear()
    portal_module.register.looked_for.clear()
    tables = {*Model.metadata.tables, "journal", "outbox"} - SEEDED
    # Append-only tables refuse a delete; between tests the triggers rest.
    statements = ["set local session_replication_role = replica", *(f"delete from {name}" for name in tables)]  # noqa: S608 our tables
    async with portal_module.db.write() as session:
        await (await driver_of(session)).execute(";".join(statements))
    return portal_module


@pytest.fixture
def people(portal: Portal) -> LocalPeople:
    """Makes people with a password of the portal."""
    return LocalPeople(portal)


@pytest.fixture
def flow_id() -> str:
    """The gateway's secret of one browser."""
    return secrets.token_urlsafe(32)


@pytest.fixture
def state_id() -> str:
    """A state nobody began."""
    return str(uuid4())
