"""A whole identity in this process, with small stand-ins of ЕСИА and of the register behind real HTTP."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import text

from nmo_identity.app import build
from nmo_identity.settings import IdentitySettings
from nmo_kit import clock
from nmo_kit.app import create_app, open_runtime
from nmo_kit.db import Database
from nmo_kit.http import ASSERTION_TYPE, client_assertion
from nmo_testkit.clients import client_for

ISSUER = "http://127.0.0.1:8080"
ESIA_ISSUER = "http://esia.stand-in/"
CLIENT_ID = "NMO01"
ORGANIZATION = "0b7d6a4e-6f1c-5a43-9f2d-0c6a2a6f7d01"
SERVICES = ("gateway", "registry", "cycles", "catalog", "applications", "notifications")
SPECIALIST = "01890000-0000-7000-8000-00000000abcd"


def pair(folder: Path, name: str) -> tuple[Path, Path, rsa.RSAPrivateKey]:
    """A self-signed certificate, its key, both as files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return certificate_file, key_file, key


def sign(header: dict[str, Any], claims: dict[str, Any], key: Any, algorithm: str = "RS256") -> str:
    """A compact JWS, header and claims as they are given."""
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact(
        {"alg": algorithm, **header}, json.dumps(claims).encode(), key, registry=registry
    )


@dataclass
class EsiaStandIn:
    """Answers the token and REST calls; `mutate` may change token parts before they are signed."""

    key: rsa.RSAPrivateKey
    base_url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    mutate: Callable[[str, dict[str, Any], dict[str, Any]], None] | None = None
    down: bool = False
    fixed_tokens: tuple[str, str] | None = None

    def person(self, **changes: Any) -> dict[str, Any]:
        """A confirmed person as REST tells them."""
        return {
            "oid": 1000400100,
            "firstName": "Марина",
            "lastName": "Журавская",
            "middleName": "Викторовна",
            "birthDate": "17.03.1984",
            "gender": "F",
            "trusted": True,
            "citizenship": "RUS",
            "snils": "971-161-656 16",
            "status": "REGISTERED",
            "email": "match@klinika.example.org",
            **changes,
        }

    def code_for(self, person: dict[str, Any]) -> str:
        """A fresh code that stands for a person."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = person
        return code

    def tokens(self, person: dict[str, Any]) -> tuple[str, str]:
        """Access and id token as the real service shapes them."""
        now = int(clock.now().timestamp())
        oid, key = person["oid"], RSAKey.import_key(self.key)
        about: dict[str, Any] = {
            "urn:esia:sbj:typ": "P",
            "urn:esia:sbj:oid": oid,
            "urn:esia:sbj:nam": f"OID.{oid}",
        }
        if person.get("trusted"):
            about["urn:esia:sbj:is_tru"] = True
        times = {"iss": ESIA_ISSUER, "iat": now, "nbf": now, "urn:esia:sid": "d1c9"}
        access = {
            **times,
            "exp": now + 3600,
            "client_id": CLIENT_ID,
            "urn:esia:sbj_id": oid,
            "scope": "openid",
        }
        ident = {**times, "exp": now + 10800, "aud": CLIENT_ID, "sub": oid, "auth_time": now, "amr": ["PWD"],
                 "urn:esia:sbj": about, "random": secrets.token_hex(4)}  # fmt: skip
        made = []
        for kind, header, claims in (
            ("access", {"ver": 1, "typ": "JWT", "sbt": "access"}, access),
            ("id", {"ver": 0, "typ": "JWT", "sbt": "id"}, ident),
        ):
            if self.mutate is not None:
                self.mutate(kind, header, claims)
            made.append(sign(header, claims, key))
        return made[0], made[1]

    async def te(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503, text="<html>тех. работы</html>", content_type="text/html")
        form = {str(name): str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        person = self.codes.get(form["code"])
        if person is None or form["code"] in self.spent:
            body = {"error": "invalid_grant", "error_description": "ESIA-007011: код недействителен"}
            return web.json_response(body, status=400)
        self.spent.add(form["code"])
        access, ident = self.fixed_tokens or self.tokens(person)
        answer = {
            "access_token": access,
            "id_token": ident,
            "state": form["state"],
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        return web.json_response(answer)

    def _last(self, oid: str) -> dict[str, Any]:
        """The person as last described."""
        return next(item for item in reversed(self.codes.values()) if str(item["oid"]) == oid)

    async def prns(self, request: web.Request) -> web.Response:
        person = self._last(request.match_info["oid"])
        return web.json_response(
            {name: value for name, value in person.items() if name not in {"oid", "email"}}
        )

    async def ctts(self, request: web.Request) -> web.Response:
        person = self._last(request.match_info["oid"])
        elements = [
            {"type": "EML", "vrfStu": "VERIFIED", "value": person["email"]},
            {"type": "MBT", "vrfStu": "VERIFIED", "value": "+7(900)0001000"},
        ]
        return web.json_response({"stateFacts": ["hasSize"], "size": 2, "elements": elements})


@dataclass
class RegisterStandIn:
    """Answers `POST /internal/match` as told; keeps what it was asked."""

    base_url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    down: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    def says(self, outcome: str, **results: str) -> None:
        """Answer from now on with an outcome; `results` differ from «equal»."""
        names = ("last_name", "first_name", "patronymic", "birth_on")
        self.answer = {
            "outcome": outcome,
            "specialist_id": None if outcome == "not_found" else SPECIALIST,
            "fields": []
            if outcome == "not_found"
            else [{"field": n, "result": results.get(n, "equal"), "register_masked": "И***"} for n in names],
            "register_version": "v7",
            "fetched_at": "2026-01-10T00:00:00Z",
        }

    async def match(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(await request.json())
        return web.Response(status=503) if self.down else web.json_response(self.answer)


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
            rows = await session.execute(text(f"select * from journal where {where} order by at, id"))
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


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """A small server on a free port of this machine."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="session")
def helpers() -> Any:
    """Functions tests share (test files cannot import each other)."""

    class Helpers:
        sign = staticmethod(sign)
        pair = staticmethod(pair)
        pkce = staticmethod(pkce)
        read_claims = staticmethod(read_claims)
        served = staticmethod(served)
        issuer = ISSUER
        esia_issuer = ESIA_ISSUER
        client_id = CLIENT_ID
        organization = ORGANIZATION
        specialist = SPECIALIST

    return Helpers


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
                    web.post("/aas/oauth2/te", esia.te),
                    web.get("/rs/prns/{oid}", esia.prns),
                    web.get("/rs/prns/{oid}/ctts", esia.ctts),
                ]
            )
        )
        register.base_url = await stack.enter_async_context(
            served([web.post("/internal/match", register.match)])
        )
        settings, keys = make_settings(folder, database, esia, register, certificate, key_file, trusted)
        service = build()
        runtime = await stack.enter_async_context(open_runtime(service, settings))
        assert service.seed is not None
        await service.seed(runtime, True)
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
            "pool_size": 5,
            "public_url": ISSUER,
            "registry_url": register.base_url,
            "field_key_file": folder / "field.key",
            "index_key_file": folder / "index.key",
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
    async with portal_module.db.write() as session:
        # Append-only tables refuse a delete; between tests the triggers rest.
        await session.execute(text("set local session_replication_role = replica"))
        for table in (
            "authorization_code", "refresh_token", "issued_token", "auth_session", "match_confirmation",
            "match_task", "match_result", "consent_event", "membership", "proof", "account", "person",
            "seen_token", "login_flow", "journal", "outbox",
        ):  # fmt: skip
            await session.execute(text(f"delete from {table}"))
    return portal_module


@pytest.fixture
def flow_id() -> str:
    """The gateway's secret of one browser."""
    return secrets.token_urlsafe(32)


@pytest.fixture
def state_id() -> str:
    """A state nobody began."""
    return str(uuid4())
