"""T2, T18: tokens forged from genuine ones, or genuine and misdirected, at every running part of the portal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from nmo_local.paths import LOCAL
from nmo_testkit.forgery import FORGERIES, Forger
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.people import Person, new_specialist
from tests.e2e.visitor import Visitor
from tests.security.issuer import Issuer
from tests.security.targets import TARGETS, Target

pytestmark = pytest.mark.e2e
ENOUGH = 120
AT_ONCE = 8
LIFETIME_S = 1_800
PAUSES = 20
MISDIRECTED = len(TARGETS) * (len(TARGETS) - 1)
BARE = (
    "Bearer",
    "Bearer ",
    "Basic eDp5",
    "Digest x",
    "Bearer  ",
    "bearer x",
    "Token {token}",
    "{token}",
    "Bearer:{token}",
)
"""`Authorization` without a token, or with one that is not offered as a bearer token."""


@dataclass(slots=True)
class Hand:
    """A specialist with consent, their tokens for every audience, and what was refused so far."""

    person: Person
    visitor: Visitor
    forgers: dict[str, Forger]
    others: dict[str, str]
    document_id: str
    refused: dict[str, int] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hand(portal: Portal) -> AsyncIterator[Hand]:
    """Genuine tokens, which live long enough for the whole run, and the keys behind them."""
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(Issuer(portal))
        person = await new_specialist(portal)
        visitor = await stack.enter_async_context(Visitor(person.key))
        await visitor.enter()
        offer = await steps.wait(lambda: _offer(visitor), "an offer of a cycle")
        outside = await issuer.outside_tokens(visitor)
        retired = await issuer.retired_key()
        forgers = {}
        for target in TARGETS:
            token = outside["access_token"]
            if target.audience != "api":
                token = await issuer.hop_token(token, target.audience)
            elsewhere = "registry" if target.audience != "registry" else "cycles"
            forger = await issuer.forger(token, retired, elsewhere)
            lasting = forger.with_claims(exp=forger.claims["iat"] + LIFETIME_S)
            forgers[target.name] = await issuer.forger(lasting, retired, elsewhere)
        others = {
            "id token": outside["id_token"],
            "partner's token": await issuer.partner_token(),
            "token of a service for identity": await issuer.service_token("applications", "identity"),
            "proof of the gateway": issuer.proof("gateway"),
            "proof of a service": issuer.proof("cycles"),
        }
        yield Hand(person, visitor, forgers, others, offer)


async def _offer(visitor: Visitor) -> str | None:
    offers = (await visitor.get("/api/v1/cycles/offers"))["items"]
    return next((item["document_id"] for item in offers if item["document_id"]), None)


class Door:
    """One running part, knocked at with any `Authorization`."""

    def __init__(self, portal: Portal, http: aiohttp.ClientSession, target: Target, document_id: str) -> None:
        """`document_id` is what the write would use."""
        self._http = http
        self._target = target
        self._root = portal.address(target.name)
        self._body = {"document_id": document_id} if target.write and target.write[0] == "POST" else None

    async def read(self, authorization: str) -> tuple[int, Any, str]:
        """Status, parsed body and challenge."""
        return await self._ask("GET", self._target.read, None, authorization)

    async def write(self, authorization: str) -> tuple[int, Any, str]:
        """The same for the write; the read where the part has no write that a person may do here."""
        method, path = self._target.write or ("GET", self._target.read)
        return await self._ask(method, path, self._body, authorization)

    async def _ask(self, method: str, path: str, body: Any, authorization: str) -> tuple[int, Any, str]:
        for _ in range(PAUSES):
            async with self._http.request(
                method, self._root + path, json=body, headers={"Authorization": authorization}
            ) as answer:
                if answer.status == 429:
                    await asyncio.sleep(float(answer.headers["Retry-After"]))
                    continue
                kind = answer.headers.get("Content-Type", "")
                parsed = await answer.json(content_type=None) if "json" in kind else await answer.text()
                return answer.status, parsed, answer.headers.get("WWW-Authenticate", "")
        raise AssertionError("told «too many» again and again")


def is_refused(answer: tuple[int, Any, str]) -> bool:
    """401 as a problem with a challenge, and nothing else in it."""
    status, body, challenge = answer
    return (
        status == 401
        and challenge.startswith("Bearer")
        and isinstance(body, dict)
        and body["code"] in {"token_refused", "unauthenticated"}
        and body["status"] == 401
        and set(body) == {"type", "title", "status", "detail", "code", "instance", "trace_id", "errors"}
    )


async def _each(names: list[str], work: Callable[[str], Awaitable[str | None]]) -> list[str]:
    """What the work says of names, a few at a time; nothing where all is well."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> str | None:
        async with gate:
            return await work(name)

    return [said for said in await asyncio.gather(*map(one, names)) if said]


@pytest.mark.req("ROL-01", "SSO-11")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
async def test_forged_tokens_open_nothing(
    portal: Portal, http: aiohttp.ClientSession, hand: Hand, target: Target
) -> None:
    door, forger = Door(portal, http, target, hand.document_id), hand.forgers[target.name]
    status, before, _ = await door.read(f"Bearer {forger.token}")
    assert status == 200, "the genuine token is accepted"
    places = {name: place for place, name in enumerate(FORGERIES)}

    async def tried(name: str) -> str | None:
        ask = door.write if places[name] % 2 else door.read
        answer = await ask(f"Bearer {FORGERIES[name](forger)}")
        return None if is_refused(answer) else f"{name}: {answer}"

    assert await _each(list(FORGERIES), tried) == []
    for bare in BARE:
        assert is_refused(await door.write(bare.format(token=forger.token))), bare
    status, after, _ = await door.read(f"Bearer {forger.token}")
    assert status == 200, "the genuine token is still accepted"
    if target.write is not None:
        assert after == before, "nothing has changed"
    hand.refused[target.name] = len(FORGERIES)


@pytest.mark.req("ROL-01", "T18")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
async def test_genuine_token_for_another_place_opens_nothing(
    portal: Portal, http: aiohttp.ClientSession, hand: Hand, target: Target
) -> None:
    door = Door(portal, http, target, hand.document_id)
    misdirected = {
        **{f"token for {name}": forger.token for name, forger in hand.forgers.items() if name != target.name},
        **hand.others,
    }
    if target.name == "gateway":
        del misdirected["partner's token"]
    if target.name == "identity":
        del misdirected["token of a service for identity"]

    async def tried(name: str) -> str | None:
        answer = await door.write(f"Bearer {misdirected[name]}")
        return None if is_refused(answer) else f"{name}: {answer}"

    assert await _each(list(misdirected), tried) == []


@pytest.mark.req("ROL-01")
async def test_gateway_accepts_only_tokens_that_identity_remembers(
    portal: Portal, http: aiohttp.ClientSession, hand: Hand
) -> None:
    (gateway, *_) = TARGETS
    door, forger = Door(portal, http, gateway, hand.document_id), hand.forgers["gateway"]
    for changes in (
        {"jti": "01890000-0000-7000-8000-000000000001"},
        {"jti": "not-even-an-id"},
    ):
        assert is_refused(await door.write(f"Bearer {forger.with_claims(**changes)}")), changes


async def test_enough_was_tried_everywhere(hand: Hand) -> None:
    assert set(hand.refused) == {target.name for target in TARGETS}
    assert min(hand.refused.values()) >= ENOUGH
    report = LOCAL / "reports" / "tokens.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    tried = sum(hand.refused.values())
    report.write_text(
        json.dumps(
            {"forgeries": len(FORGERIES), "places": len(TARGETS), "tried": tried, "accepted": 0}, indent=2
        )
    )
