"""Sign-ins through the whole running system: from the portal's button over ЕСИА's page back to a page with a name.

There is no goal, only where the processor time goes: the share of each process in what a sign-in costs.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import aiohttp

from nmo_local import infra, system
from nmo_local.demo.browser import UnexpectedAnswerError, words
from nmo_local.paths import LOCAL
from tests.bench import processes
from tests.bench.on_system import measured
from tests.bench.result import Result
from tests.e2e.visitor import Visitor

NAME = "sign_in"
GOAL = None
AT_ONCE = 4
FLOWS_A_ROUND = 40
LEAST_SHARE = 0.9


async def run(rounds: int) -> Result:
    """Flows per second and their cost by process."""
    figures = await measured("sign_in", rounds)
    return Result(
        ratio=figures["flows_per_s"],
        rounds=figures.pop("rounds"),
        measured=figures.pop("flows"),
        figures=figures,
    )


async def _people() -> list[str]:
    """Keys of the stand-in's people who can sign in: those who may not are told so and come back without a session."""
    address = f"{system.url('esia')}/sandbox/people"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        keys = [person["key"] for person in (await answer.json())["items"] if person["trusted"]]
    able = [key for key in keys if await _refusal(key) is None]
    if len(able) < AT_ONCE:
        raise AssertionError(f"only {able} can sign in")
    return able


async def _refusal(key: str) -> str | None:
    """One whole sign-in with a browser of its own; None when the portal knows who came, else what it said."""
    try:
        async with Visitor(key) as visitor:
            _, page = await visitor.sign_in()
            status, found = await visitor.ask("GET", "/api/v1/me")
    except UnexpectedAnswerError as error:
        return str(error)
    return None if status == 200 else f"{status} {found} after {words(page)[:300]}"


async def _round(keys: list[str]) -> tuple[int, float]:
    """How many came through, and how many a second."""
    todo = [keys[number % len(keys)] for number in range(FLOWS_A_ROUND)]
    refused: list[str] = []

    async def visitor() -> None:
        while todo:
            key = todo.pop()
            if said := await _refusal(key):
                refused.append(f"{key}: {said}")

    started = time.perf_counter()
    await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
    through = FLOWS_A_ROUND - len(refused)
    if through < FLOWS_A_ROUND * LEAST_SHARE:
        raise AssertionError(f"only {through} of {FLOWS_A_ROUND} sign-ins came through; {refused[0]}")
    return through, through / (time.perf_counter() - started)


async def measure(rounds: int) -> dict[str, Any]:
    """In the process that knows the system's folder and ports. One round before counts for nothing."""
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    keys = await _people()
    await _round(keys)
    own = {name: [pid] for name, pid in processes.supervised().items()}
    groups = {**own, **processes.servers(servers)}
    before = processes.cpu_by_name(groups)
    outcomes = [await _round(keys) for _ in range(rounds)]
    after = processes.cpu_by_name(groups)
    flows = sum(through for through, _ in outcomes)
    spent = {name: after[name] - before[name] for name in groups}
    total = sum(spent.values())
    return {
        "rounds": rounds,
        "flows": flows,
        "flows_per_s": round(statistics.median(rate for _, rate in outcomes), 2),
        "at_once": AT_ONCE,
        "cpu_ms_per_flow": round(total / flows * 1000, 1),
        "cpu_share_percent": {
            name: round(used / total * 100, 1)
            for name, used in sorted(spent.items(), key=lambda item: -item[1])
        },
    }
