"""A real gateway on a free port over a real database, before stand-in services on free ports."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from yarl import URL

from nmo_gateway.app import create_app
from nmo_gateway.http_protocol import HttpProtocol
from nmo_gateway.runtime import Gateway, open_gateway
from nmo_gateway.settings import GatewaySettings
from nmo_testkit.postgres import Databases
from nmo_testkit.tokens import TokenFactory
from nmo_testkit.wait import until

ORIGIN = "http://127.0.0.1:8080"
SERVICES = ("registry", "cycles", "catalog", "applications", "notifications")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def free_socket() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


class StandIn:
    """A service on a free port: answers with what it was asked, or as the test says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[dict[str, Any]] = []
        self.answers: dict[str, Handler] = {}
        self._runner: web.AppRunner | None = None
        self.url = ""
        self._port = 0

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        special = self.answers.get(request.path)
        if special is not None:
            self.note(request, b"")
            return await special(request)
        body = await request.read()
        self.note(request, body)
        return await self.reply(request, body)

    def note(self, request: web.Request, body: bytes) -> None:
        self.requests.append(
            {
                "method": request.method,
                "path": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": body,
            }
        )

    async def reply(self, request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path == "/openapi.json":
            return web.json_response(_document(self.name))
        return web.json_response({"service": self.name, "size": len(body)}, headers={"Set-Cookie": "evil=1"})


def _document(name: str) -> dict[str, Any]:
    thing = {"$ref": "#/components/schemas/Thing"}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": thing}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "paths": {
            f"/api/v1/{name}": {"get": {"operationId": "read", "responses": answer}},
            "/internal/secret": {"get": {"operationId": "secret", "responses": answer}},
        },
        "components": {"schemas": {"Thing": {"type": "object", "title": name}}},
    }


class IdentityStandIn(StandIn):
    """Identity as the gateway sees it: sign-in, exchange of tokens, the person."""

    def __init__(self, tokens: TokenFactory) -> None:
        super().__init__("identity")
        self.tokens = tokens
        self.person: dict[str, Any] = {}
        self.forget()

    def forget(self) -> None:
        self.person = {
            "person_id": str(uuid4()),
            "short_name": "Синицына А. П.",
            "entry": "full",
            "consent": True,
            "roles": ["specialist"],
            "previous_login_at": "2026-03-01T09:00:00Z",
        }
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.exchange_refusal: tuple[int, dict[str, Any]] | None = None
        self.exchanges: list[dict[str, str]] = []
        self.handles: set[str] = set()
        self.finished: list[dict[str, Any]] = []
        self.requests.clear()
        self.answers.clear()

    async def reply(  # noqa: PLR0911 a table of answers
        self, request: web.Request, body: bytes
    ) -> web.StreamResponse:
        path = request.path
        if path == "/oauth2/token":
            return self._token(dict(await request.post()))
        if path == "/internal/keys":
            return web.json_response(self.tokens.jwks)
        if path == "/internal/login/start":
            return web.json_response({"authorize_url": "http://esia.example/aas/oauth2/ac?state=s"})
        if path == "/internal/login/finish":
            return self._finish(json.loads(body))
        if path == "/internal/login/logout":
            self.handles.discard(json.loads(body)["handle"])
            return web.json_response({"provider_logout_url": "http://esia.example/idp/ext/Logout"})
        if path == "/api/v1/me/consents" and request.method == "POST":
            self.person.update(consent=True, entry="full")
            return web.json_response({**self.person, "consent": {"text_version": 1}}, status=201)
        if path == "/api/v1/me":
            return web.json_response(self.person)
        return await super().reply(request, body)

    def _token(self, form: dict[str, Any]) -> web.Response:
        if form.get("grant_type") == "client_credentials" and form.get("client_assertion"):
            token = self.tokens.service("gateway", aud=form["audience"])
            return web.json_response({"access_token": token, "expires_in": 120})
        if not form.get("client_assertion"):
            return web.json_response({"as": "is", "authorization": form.get("client_secret", "")})
        self.exchanges.append({name: str(value) for name, value in form.items()})
        if self.exchange_refusal is not None:
            status, refusal = self.exchange_refusal
            return web.json_response(refusal, status=status)
        if form["subject_token_type"].endswith("session") and form["subject_token"] not in self.handles:
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {name: self.person[name] for name in ("entry", "consent", "roles")}
        token = self.tokens.mint(aud=form["audience"], sub=self.person["person_id"], **claims)
        return web.json_response({"access_token": token, "expires_in": 120})

    def _finish(self, body: dict[str, Any]) -> web.Response:
        self.finished.append(body)
        if self.refusal is not None:
            status, problem = self.refusal
            return web.json_response(problem, status=status)
        handle = uuid4().hex
        self.handles.add(handle)
        session = {"handle": handle, "sid": str(uuid4()), "expires_at": "2030-01-01T00:00:00Z"}
        return web.json_response({"session": session, "person": self.person})


@dataclass
class Browser:
    """Keeps cookies as a browser does and sends what a browser sends."""

    base_url: str
    client: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str | None] | None = None, **kwargs: Any
    ) -> aiohttp.ClientResponse:
        sent: dict[str, str | None] = {"Accept": "text/html"}
        if method not in {"GET", "HEAD"}:
            sent |= {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= headers or {}
        present = {name: value for name, value in sent.items() if value is not None}
        answer = await self.client.request(
            method, URL(self.base_url + path, encoded=True), headers=present, allow_redirects=False, **kwargs
        )
        for name, morsel in answer.cookies.items():
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
        await answer.read()
        return answer

    async def get(self, path: str, **kwargs: Any) -> aiohttp.ClientResponse:
        return await self.ask("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: Any) -> aiohttp.ClientResponse:
        return await self.ask("POST", path, **kwargs)

    async def sign_in(self, return_to: str = "") -> aiohttp.ClientResponse:
        begun = await self.get(f"/auth/esia/start?return_to={return_to}")
        assert begun.status == 303, await begun.text()
        return await self.get("/auth/esia/callback?code=c&state=s")


@dataclass
class Running:
    """A gateway that serves, and what stands behind it."""

    base_url: str
    gateway: Gateway
    identity: IdentityStandIn
    services: dict[str, StandIn]
    client: aiohttp.ClientSession
    settings: GatewaySettings

    def browser(self) -> Browser:
        return Browser(self.base_url, self.client)

    async def csrf(self, browser: Browser) -> str:
        found = await self.gateway.store.find(browser.cookies["nmo_sid"], passive=True)
        assert found.session is not None
        return found.session.csrf_token


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    files = {name: folder / name for name in ("field_key_file", "index_key_file", "signing_key_file")}
    files["field_key_file"].write_text("1a" * 32)
    files["index_key_file"].write_text("2b" * 32)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files["signing_key_file"].write_bytes(pem)
    return files


@asynccontextmanager
async def serving(app: Any, sock: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        await until(lambda: _started(server), every_s=0.01)
        yield
    finally:
        server.should_exit = True
        await task


async def _started(server: uvicorn.Server) -> bool:
    return server.started


def _no_signals() -> Any:
    from contextlib import nullcontext

    return nullcontext()


RunGateway = Callable[..., Awaitable[Running]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run_gateway(
    databases: Databases, key_files: dict[str, Path], token_factory: TokenFactory
) -> AsyncIterator[RunGateway]:
    """Starts gateways with given settings; all share one set of stand-ins and one database of the module."""
    async with AsyncExitStack() as stack:
        database_url = await databases.of("nmo_gateway")
        stack.push_async_callback(databases.drop, database_url)
        identity = IdentityStandIn(token_factory)
        services = {name: StandIn(name) for name in SERVICES}
        for service in (identity, *services.values()):
            await service.start()
            stack.push_async_callback(service.stop)
        client = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        )

        async def run(**values: Any) -> Running:
            settings = GatewaySettings.model_validate(
                {
                    "environment": "test",
                    "database_url": SecretStr(database_url),
                    "public_url": ORIGIN,
                    "identity_url": identity.url,
                    "cookie_secure": False,
                    "pool_size": 6,
                    "sign_in_burst": 100_000,
                    **{f"{name}_url": service.url for name, service in services.items()},
                    **key_files,
                    **values,
                }
            )
            gateway = await stack.enter_async_context(open_gateway(settings))
            sock = free_socket()
            await stack.enter_async_context(serving(create_app(gateway), sock))
            base_url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            return Running(base_url, gateway, identity, services, client, settings)

        yield run


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def module_gateway(run_gateway: RunGateway) -> Running:
    return await run_gateway()


@pytest_asyncio.fixture(loop_scope="session")
async def running(module_gateway: Running) -> Running:
    """The module's gateway with stand-ins that remember nothing of the test before."""
    module_gateway.identity.forget()
    for service in module_gateway.services.values():
        service.requests.clear()
        service.answers.clear()
        await service.stop()
        await service.start()
    return module_gateway
