"""Sign-ins through the whole running system: over ЕСИА's page, and by login and password with argon2.

There is no goal for their rate, only where the processor time goes: the share of each process in what a sign-in costs.
Hashing must starve nobody, so identity is asked for its health all the while.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from nmo_local import infra, system
from nmo_local.demo.browser import Browser, UnexpectedAnswerError, words
from nmo_local.infra.servers import Infra
from nmo_local.paths import LOCAL
from tests.bench import processes
from tests.bench.measure import percentile
from tests.bench.on_system import measured
from tests.bench.result import Result
from tests.conftest import Portal
from tests.e2e.own_account import Own
from tests.e2e.visitor import Visitor

NAME = "sign_in"
GOAL = 1.0
"""The limit of identity's health divided by its slowest hundredth while passwords are hashed."""
HEALTH_LIMIT_MS = 100.0
HEALTH_PAUSE_S = 0.02
AT_ONCE = 4
OWN_ACCOUNTS = 8
FLOWS_A_ROUND = 40
LEAST_SHARE = 0.9
PASSWORD = "Тихая-Лиственница 52!"
Flow = Callable[[], Awaitable[str | None]]
"""One whole sign-in with a browser of its own: None when the portal knows who came, else what it said."""


@dataclass(slots=True)
class Times:
    """Of one way in: how long each flow took, how many a second in each round, and identity's health meanwhile."""

    flow_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)


async def run(rounds: int) -> Result:
    """Both ways in, one after the other."""
    figures = await measured("sign_in", rounds)
    return Result(
        ratio=HEALTH_LIMIT_MS / figures["password"]["health_p99_ms"],
        rounds=figures.pop("rounds"),
        measured=figures["esia"]["flows"] + figures["password"]["flows"],
        figures=figures,
    )


async def _known(browser: Browser, page: str) -> str | None:
    status, found = await browser.ask("GET", "/api/v1/me")
    return None if status == 200 else f"{status} {found} after {words(page)[:300]}"


async def _by_esia(key: str) -> str | None:
    async with Visitor(key) as visitor:
        return await _known(visitor, (await visitor.sign_in())[1])


async def _by_password(own: Own) -> str | None:
    async with Browser(own.email) as browser:
        return await _known(browser, await own.sign_in(browser))


async def _esia_flows() -> list[Flow]:
    """Of the stand-in's people who can sign in: those who may not are told so and come back without a session."""
    address = f"{system.url('esia')}/sandbox/people"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        keys = [person["key"] for person in (await answer.json())["items"] if person["trusted"]]
    able: list[Flow] = [partial(_by_esia, key) for key in keys if await _told(partial(_by_esia, key)) is None]
    if len(able) < AT_ONCE:
        raise AssertionError(f"only {len(able)} of {len(keys)} people can sign in")
    return able


async def _password_flows() -> list[Flow]:
    """Of people who have just registered and chosen a password."""
    people = [await Own(Portal(system.PUBLIC_URL)).register() for _ in range(OWN_ACCOUNTS)]
    for own in people:
        async with Browser(own.email) as browser:
            await own.choose(PASSWORD, browser)
    return [partial(_by_password, own) for own in people]


async def _told(flow: Flow) -> str | None:
    try:
        return await flow()
    except UnexpectedAnswerError as error:
        return str(error)


async def _round(flows: Sequence[Flow], times: Times) -> None:
    todo = [flows[number % len(flows)] for number in range(FLOWS_A_ROUND)]
    refused: list[str] = []

    async def visitor() -> None:
        while todo:
            flow, begun = todo.pop(), time.perf_counter()
            if said := await _told(flow):
                refused.append(said)
            times.flow_ms.append((time.perf_counter() - begun) * 1000)

    started = time.perf_counter()
    async with _health_asked(times):
        await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
    through = FLOWS_A_ROUND - len(refused)
    if through < FLOWS_A_ROUND * LEAST_SHARE:
        raise AssertionError(f"only {through} of {FLOWS_A_ROUND} sign-ins came through; {refused[0]}")
    times.rates.append(through / (time.perf_counter() - started))


@asynccontextmanager
async def _health_asked(times: Times) -> AsyncIterator[None]:
    async def ask(client: aiohttp.ClientSession) -> None:
        while True:
            begun = time.perf_counter()
            async with client.get(f"{system.url('identity')}/readyz") as answer:
                answer.raise_for_status()
            times.health_ms.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(HEALTH_PAUSE_S)

    async with aiohttp.ClientSession() as client:
        asking = asyncio.create_task(ask(client))
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.wait({asking})
            if not asking.cancelled():
                asking.result()


async def _figures(servers: Infra, flows: Sequence[Flow], rounds: int) -> dict[str, Any]:
    """One round before counts for nothing."""
    await _round(flows, Times())
    own = {name: [pid] for name, pid in processes.supervised().items()}
    groups = {**own, **processes.servers(servers)}
    before, times = processes.cpu_by_name(groups), Times()
    for _ in range(rounds):
        await _round(flows, times)
    after = processes.cpu_by_name(groups)
    spent = {name: after[name] - before[name] for name in groups}
    total, number = sum(spent.values()), len(times.flow_ms)
    return {
        "flows": number,
        "flows_per_s": round(statistics.median(times.rates), 2),
        "p50_ms": round(percentile(times.flow_ms, 0.5), 1),
        "p95_ms": round(percentile(times.flow_ms, 0.95), 1),
        "health_p99_ms": round(percentile(times.health_ms, 0.99), 1),
        "cpu_ms_per_flow": round(total / number * 1000, 1),
        "cpu_share_percent": {
            name: round(used / total * 100, 1)
            for name, used in sorted(spent.items(), key=lambda item: -item[1])
            if used / total >= 0.001
        },
    }


async def measure(rounds: int) -> dict[str, Any]:
    """In the process that knows the system's folder and ports."""
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    return {
        "rounds": rounds,
        "at_once": AT_ONCE,
        "esia": await _figures(servers, await _esia_flows(), rounds),
        "password": await _figures(servers, await _password_flows(), rounds),
    }
