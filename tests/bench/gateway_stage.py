"""What the gateway's bench runs on: nginx as the service, nginx as proxy, and the real gateway with a real session.

Only identity is a stand-in: it is asked for a hop token once in a hundred seconds. The session is a row of PostgreSQL
that the gateway finds by the cookie, the access token of the API's callers is signed and verified.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nmo_gateway.browser_session.cache import SessionCache
from nmo_gateway.browser_session.secrets import SessionSecrets
from nmo_gateway.browser_session.store import NewSession, SessionStore
from nmo_gateway.settings import GatewaySettings
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_local.infra.debian import SEARCH_PATH, require_program
from nmo_testkit.engine import infrastructure
from nmo_testkit.postgres import Databases
from nmo_testkit.tokens import TokenFactory
from nmo_testkit.wait import until
from tests.bench.gateway_load import Target

PATH = "/api/v1/cycles/current"
SERVICES = ("registry", "cycles", "catalog", "applications", "notifications")
OK = 200
ANSWER = json.dumps({"items": [{"id": str(uuid4()), "title": "Программа"} for _ in range(10)]})
"""About one kilobyte, as most answers of the services are."""
NGINX = """
daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 300s;
  {rest}
}}
"""
# Whoever comes without a token is refused: 200 proves that the gateway put the hop token in.
UPSTREAM = """server {{ listen 127.0.0.1:{port}; default_type application/json;
  if ($http_authorization !~ "^Bearer ey") {{ return 401; }}
  location / {{ return 200 '{answer}'; }} }}"""
PROXY = """upstream up {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://up; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_set_header X-Request-ID $request_id;
    proxy_set_header X-Forwarded-For $remote_addr; }} }}"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The same answer by four ways: straight, through nginx, through the gateway with a session, with a token."""

    folder: Path
    direct: Target
    nginx: Target
    session: Target
    bearer: Target


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Start everything; at the end every process is stopped and the database is gone."""
    require_program("nginx", variable="NMO_NGINX")
    tokens, person_id = TokenFactory(), uuid4()
    service, proxy, own = _free_port(), _free_port(), _free_port()
    hop = {"Authorization": f"Bearer {tokens.mint(aud='cycles', sub=person_id)}"}
    access = {"Authorization": f"Bearer {tokens.mint(aud='api', sub=person_id, exp=int(time.time()) + 3000)}"}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            _nginx(folder, "service", UPSTREAM.format(port=service, answer=ANSWER))
        )
        workers = await stack.enter_async_context(
            _nginx(folder, "proxy", PROXY.format(port=proxy, upstream=service))
        )
        identity_url = await stack.enter_async_context(_identity(tokens, person_id))
        databases = Databases(stack.enter_context(infrastructure()).postgres_url)
        database_url = await databases.of("nmo_gateway")
        stack.push_async_callback(databases.drop, database_url)
        variables = _variables(folder, database_url, identity_url, f"http://127.0.0.1:{service}", own)
        cookie = {"Cookie": f"nmo_sid={await _open_session(variables, person_id)}"}
        pid = await stack.enter_async_context(_process(folder, "gateway", variables))
        made = Stage(
            folder,
            Target(f"http://127.0.0.1:{service}{PATH}", hop),
            Target(f"http://127.0.0.1:{proxy}{PATH}", hop, workers),
            Target(f"http://127.0.0.1:{own}{PATH}", cookie, [pid]),
            Target(f"http://127.0.0.1:{own}{PATH}", access, [pid]),
        )
        for target in (made.direct, made.nginx, made.session, made.bearer):
            await until(lambda target=target: _answers(target), timeout_s=90)  # type: ignore[misc]
        yield made


async def _answers(target: Target) -> bool:
    try:
        async with (
            aiohttp.ClientSession(headers=target.headers) as client,
            client.get(target.url) as answer,
        ):
            return answer.status == OK and await answer.text() == ANSWER
    except aiohttp.ClientError:
        return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@asynccontextmanager
async def _nginx(folder: Path, name: str, rest: str) -> AsyncIterator[list[int]]:
    """One nginx with one worker; gives the worker's pid."""
    conf = folder / f"{name}.conf"
    conf.write_text(NGINX.format(folder=folder, name=name, rest=rest))
    program = os.environ.get("NMO_NGINX", "nginx")
    # The file that is open before the configuration is read would else be the machine's own.
    log = folder / f"{name}.log"
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(conf), "-p", str(folder), "-e", str(log), env={"PATH": SEARCH_PATH}
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")

    async def workers() -> list[int]:
        return [int(pid) for pid in (await asyncio.to_thread(children.read_text)).split()]

    try:
        yield await until(workers)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _identity(tokens: TokenFactory, person_id: UUID) -> AsyncIterator[str]:
    """What the gateway asks of identity: hop tokens and keys."""

    async def token(request: web.Request) -> web.Response:
        form = await request.post()
        value = tokens.mint(aud=str(form["audience"]), sub=person_id)
        return web.json_response({"access_token": value, "expires_in": 120})

    async def jwks(_request: web.Request) -> web.Response:
        return web.json_response(tokens.jwks)

    app = web.Application()
    app.router.add_post("/oauth2/token", token)
    app.router.add_get("/internal/keys", jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _variables(
    folder: Path, database_url: str, identity_url: str, service_url: str, port: int
) -> dict[str, str]:
    """The gateway's settings; limits are on, only high enough for one caller that asks without a pause."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = {"FIELD_KEY": b"1a" * 32, "INDEX_KEY": b"2b" * 32, "SIGNING_KEY": key}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {
        **{f"NMO_GATEWAY_{name}_FILE": str(folder / name) for name in files},
        **{f"NMO_GATEWAY_{name.upper()}_URL": service_url for name in SERVICES},
        "NMO_GATEWAY_ENVIRONMENT": "test",
        "NMO_GATEWAY_DATABASE_URL": database_url,
        "NMO_GATEWAY_IDENTITY_URL": identity_url,
        "NMO_GATEWAY_COOKIE_SECURE": "false",
        "NMO_GATEWAY_HTTP_PORT": str(port),
        **{f"NMO_GATEWAY_{who}_RATE_PER_S": "1000000" for who in ("ADDRESS", "PERSON")},
    }


async def _open_session(variables: Mapping[str, str], person_id: UUID) -> str:
    """A live session's row; gives the cookie's value."""
    prefix = "NMO_GATEWAY_"
    settings = GatewaySettings.model_validate(
        {name.removeprefix(prefix).lower(): value for name, value in variables.items()}
    )
    database = Database(settings)
    secrets = SessionSecrets(FieldCipher.from_files(settings.field_key_file, settings.index_key_file))
    try:
        opened = await SessionStore(database, secrets, SessionCache(0), settings).open(
            NewSession(
                person_id=person_id,
                sid=str(uuid4()),
                handle=uuid4().hex,
                provider="esia",
                short_name="Синицына А. П.",
                entry="full",
                consent=True,
                roles=frozenset({"specialist"}),
                previous_login_at=None,
            )
        )
    finally:
        await database.close()
    return opened.cookie


@asynccontextmanager
async def _process(folder: Path, name: str, variables: Mapping[str, str]) -> AsyncIterator[int]:
    """The gateway as it is run in earnest, its log in a file; gives its pid."""
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "nmo_gateway",
            "api",
            env={**os.environ, **variables},
            stdout=log,
            stderr=log,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()
