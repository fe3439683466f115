"""F20, T11: keys are changed while everybody calls; what was signed by a stolen key, or in an ended session, is over."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from nmo_local.paths import LOCAL
from nmo_testkit.forgery import Forger
from nmo_testkit.forgery.forger import HALF, b64, unb64
from nmo_testkit.forgery.signatures import ORDER
from nmo_testkit.wait import until
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.security.crowd import Client, Crowd, caller
from tests.security.issuer import CLIENT, Issuer
from tests.security.knocker import Knocker
from tests.security.targets import TARGETS

pytestmark = pytest.mark.e2e
PEOPLE, PER_PERSON, PER_SERVICE, PARTNERS = 2, 4, 2, 2
LIFETIME_S = 1_800
REVOKED_WITHIN_S = 5.0
FLOOD = 150
READS_PER_S = 1 / 1.5
"""No more often than this a process reads the keys, whatever is brought to it."""


@dataclass(slots=True)
class Scene:
    """Two specialists at their browsers, and the issuer behind the portal."""

    issuer: Issuer
    people: list[Knocker]

    async def outside(self, place: int) -> str:
        """A fresh token of a person's program."""
        return str((await self.issuer.outside_tokens(self.people[place]))["access_token"])

    async def forgers(self) -> dict[str, Forger]:
        """For each part of the portal, a long-lived token signed by the key in force, and that key."""
        outside, retired = await self.outside(0), await self.issuer.retired_key()
        found = {}
        for target in TARGETS:
            token = (
                outside if target.audience == "api" else await self.issuer.hop_token(outside, target.audience)
            )
            forger = await self.issuer.forger(token, retired, "")
            lasting = forger.with_claims(exp=forger.claims["iat"] + LIFETIME_S)
            found[target.name] = await self.issuer.forger(lasting, retired, "")
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(portal: Portal) -> AsyncIterator[Scene]:
    """Signed in."""
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(Issuer(portal))
        people = []
        for _ in range(PEOPLE):
            knocker = await stack.enter_async_context(Knocker((await new_specialist(portal)).key))
            await knocker.enter()
            people.append(knocker)
        yield Scene(issuer, people)


def _crowd(portal: Portal, scene: Scene, http: aiohttp.ClientSession) -> Crowd:
    """Browsers, programs, partners and services."""
    clients = []
    for place, person in enumerate(scene.people):
        for number in range(PER_PERSON):
            path = ("/api/v1/me", "/api/v1/cycles", "/api/v1/applications", "/api/v1/notifications")[number]
            clients.append(Client(f"browser {place} {path}", _browses(person, path), _nothing))
            clients.append(
                Client(
                    f"program {place} {path}",
                    caller(http, "GET", portal.url + path),
                    lambda place=place: scene.outside(place),
                )
            )
    for number in range(PARTNERS):
        call = caller(http, "GET", f"{portal.url}/api/v1/partner/subscriptions")
        clients.append(Client(f"partner {number}", call, scene.issuer.partner_token))
    for name, audience, path in (
        ("gateway", "identity", "/internal/providers"),
        ("applications", "registry", "/internal/sync"),
    ):
        for number in range(PER_SERVICE):
            call = caller(http, "GET", portal.address(audience) + path)
            renew = _service_token(scene.issuer, name, audience)
            clients.append(Client(f"service {name} {number}", call, renew))
    return Crowd(clients)


def _browses(person: Knocker, path: str) -> Callable[[str], Awaitable[int]]:
    async def call(_: str) -> int:
        return (await person.knock("GET", path, None))[0]

    return call


async def _nothing() -> str:
    return ""


def _service_token(issuer: Issuer, name: str, audience: str) -> Callable[[], Awaitable[str]]:
    return lambda: issuer.service_token(name, audience)


async def _reads(portal: Portal, http: aiohttp.ClientSession) -> float:
    """How often identity was asked for the keys so far."""
    async with http.get(f"{portal.address('identity')}/metrics") as answer:
        text = await answer.text()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "http_requests_total" and sample.labels["route"] == "/internal/keys"
    )


async def _accepts(portal: Portal, http: aiohttp.ClientSession, name: str, token: str) -> bool:
    target = next(target for target in TARGETS if target.name == name)
    call = caller(http, "GET", portal.address(name) + target.read)
    status = await call(token)
    assert status in {200, 401}, f"{name}: {status}"
    return status == 200


async def _refused_everywhere_s(
    portal: Portal, http: aiohttp.ClientSession, tokens: dict[str, str]
) -> dict[str, float]:
    """After how many seconds each part refuses its token."""
    started = time.monotonic()

    async def one(name: str, token: str) -> tuple[str, float]:
        async def refused() -> bool:
            return not await _accepts(portal, http, name, token)

        await until(refused, timeout_s=30)
        return name, time.monotonic() - started

    return dict(await asyncio.gather(*(one(name, token) for name, token in tokens.items())))


@pytest.mark.req("GWY-02", "SSO-11")
async def test_keys_change_under_load(portal: Portal, scene: Scene, http: aiohttp.ClientSession) -> None:
    report: dict[str, object] = {}
    began, reads = time.monotonic(), await _reads(portal, http)
    async with _crowd(portal, scene, http) as crowd:
        assert len(crowd.clients) >= 20
        for _ in range(2):
            await _rotate(scene, "--in", "3")
            await crowd.rounds(3)
        assert crowd.faults == []
        report["retries after planned changes"] = sum(client.retries for client in crowd.clients)
        stolen = await scene.forgers()
        for name, forger in stolen.items():
            assert await _accepts(portal, http, name, forger.token), name
        next_kid = await scene.issuer.rotate_keys("--now")
        # From the next moment on, whoever has the stolen key signs what they like.
        forged = {name: forger.with_claims(jti=forger.claims["jti"]) for name, forger in stolen.items()}
        refused = await _refused_everywhere_s(portal, http, forged)
        assert max(refused.values()) <= REVOKED_WITHIN_S, refused
        assert (await _kid(scene)) == next_kid
        await crowd.rounds(5)
    assert crowd.faults == []
    assert max(client.retries for client in crowd.clients) <= 3, (
        "each change costs a client one retry at most"
    )
    asked = await _reads(portal, http) - reads
    assert 0 < asked <= 2 + len(TARGETS) * READS_PER_S * (time.monotonic() - began)
    report |= {"clients": len(crowd.clients), "calls": crowd.calls, "faults": 0, "reads of keys": asked}
    report |= {"retries": sum(client.retries for client in crowd.clients), "refused after, s": refused}
    (LOCAL / "reports").mkdir(parents=True, exist_ok=True)
    (LOCAL / "reports" / "keys.json").write_text(json.dumps(report, indent=2))


async def _kid(scene: Scene) -> str:
    token = await scene.issuer.service_token("gateway", "identity")
    return str(json.loads(unb64(token.split(".")[0]))["kid"])


async def _rotate(scene: Scene, *arguments: str) -> None:
    """Change the key, and wait until the new one signs."""
    kid = await scene.issuer.rotate_keys(*arguments)

    async def signs() -> bool:
        return await _kid(scene) == kid

    await until(signs, timeout_s=30, every_s=0.2)


async def test_flood_of_unknown_key_ids_makes_no_traffic(
    portal: Portal, scene: Scene, http: aiohttp.ClientSession
) -> None:
    forgers = await scene.forgers()
    began, reads = time.monotonic(), await _reads(portal, http)
    for number in range(FLOOD):
        answers = await asyncio.gather(
            *(
                _accepts(portal, http, name, forger.with_header(kid=f"x{number}"))
                for name, forger in forgers.items()
            )
        )
        assert not any(answers)
    asked = await _reads(portal, http) - reads
    # Each process may read once at once, and then so often.
    assert asked <= len(TARGETS) * (1 + READS_PER_S * (time.monotonic() - began))
    assert asked < FLOOD
    for name, forger in forgers.items():
        assert await _accepts(portal, http, name, forger.token), f"{name} still lets the genuine one in"


@pytest.mark.req("SSO-10", "GWY-02")
async def test_tokens_of_an_ended_session_are_refused_inside(
    portal: Portal, scene: Scene, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    outside = (await scene.issuer.outside_tokens(visitor))["access_token"]
    tokens = {
        target.name: outside
        if target.audience == "api"
        else await scene.issuer.hop_token(outside, target.audience)
        for target in TARGETS
    }
    for name, token in tokens.items():
        assert await _accepts(portal, http, name, token), name
    await visitor.leave()
    refused = await _refused_everywhere_s(portal, http, tokens)
    assert max(refused.values()) <= REVOKED_WITHIN_S, refused


@pytest.mark.req("SSO-11")
async def test_twin_of_a_revoked_token_is_revoked_with_it(
    portal: Portal, scene: Scene, http: aiohttp.ClientSession
) -> None:
    """ECDSA has two signatures for one text: the second spelling must not outlive the revocation of the first."""
    token = await scene.outside(1)
    head, claims, signed = token.split(".")
    raw = unb64(signed)
    other = ORDER - int.from_bytes(raw[HALF:], "big")
    twin = f"{head}.{claims}.{b64(raw[:HALF] + other.to_bytes(HALF, 'big'))}"
    assert await _accepts(portal, http, "gateway", twin)
    assert await _accepts(portal, http, "gateway", token)
    form = {"token": token, "client_id": CLIENT}
    async with http.post(f"{portal.url}/oauth2/revoke", data=form) as answer:
        assert answer.status == 200
    assert not await _accepts(portal, http, "gateway", token)
    assert not await _accepts(portal, http, "gateway", twin)
