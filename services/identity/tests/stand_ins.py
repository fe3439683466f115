"""Stand-ins of ЕСИА's token and REST calls and of the register, for tests inside one process."""

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import RSAKey

from nmo_kit import clock
from nmo_testkit.wait import until

ISSUER = "http://127.0.0.1:8080"
ESIA_ISSUER = "http://esia.stand-in/"
CLIENT_ID = "NMO01"
ORGANIZATION = "0b7d6a4e-6f1c-5a43-9f2d-0c6a2a6f7d01"
SERVICES = ("gateway", "registry", "cycles", "catalog", "applications", "notifications")
REASON_OF = {"equivalent": "case_or_letters", "weak": "slip", "conflict": "different"}
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

    async def root(self, _: web.Request) -> web.Response:
        """The front page, by which ЕСИА is known to answer."""
        return web.Response(status=503 if self.down else 200, text="<html></html>", content_type="text/html")

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
    held: set[str] = field(default_factory=set)
    """Numbers that the mirror holds, for `POST /internal/known`."""
    looked_for: list[list[str]] = field(default_factory=list)

    def says(self, outcome: str, **results: str) -> None:
        """Answer from now on with an outcome; `results` differ from «equal»."""
        names = ("last_name", "first_name", "patronymic", "birth_on")
        self.answer = {
            "outcome": outcome,
            "specialist_id": None if outcome == "not_found" else SPECIALIST,
            "fields": []
            if outcome == "not_found"
            else [
                {
                    "field": n,
                    "result": results.get(n, "equal"),
                    "reason": REASON_OF.get(results.get(n, "equal"), ""),
                    "register_masked": "И***",
                }
                for n in names
            ],
            "register_version": "v7",
            "fetched_at": "2026-01-10T00:00:00Z",
        }

    async def match(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(await request.json())
        return web.Response(status=503) if self.down else web.json_response(self.answer)

    async def known(self, request: web.Request) -> web.Response:
        asked = (await request.json())["snils"]
        self.looked_for.append(asked)
        found = [number for number in asked if number in self.held]
        return web.Response(status=503) if self.down else web.json_response({"known": found})


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


@asynccontextmanager
async def sandbox(program: str) -> AsyncIterator[str]:
    """A stand-in of the sandbox as a process of its own, on a free port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: ASYNC220 a start of milliseconds
        [sys.executable, "-m", "nmo_sandbox", program, "--port", str(port)],
        env={f"NMO_SANDBOX_{program.upper()}_URL": url, "NMO_SANDBOX_LOG_LEVEL": "WARNING", "PATH": ""},
        stdout=subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient() as client:

            async def answers() -> bool:
                try:
                    return (await client.get(url + "/livez")).status_code == 200
                except httpx2.TransportError:
                    return False

            await until(answers, timeout_s=30)
        yield url
    finally:
        process.terminate()
        process.wait(10)
