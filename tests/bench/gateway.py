"""The gateway against one nginx worker: the same service behind both, 32 connections, about 1 KB of JSON.

Through the gateway each request finds its session by the cookie, is counted by both limits, gets the person's hop
token from the cache, its id, trace, log line, metrics and security headers. nginx only passes on.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.gateway_load import Round, Target, load
from tests.bench.gateway_stage import Stage, stage
from tests.bench.result import Result

NAME = "gateway"
GOAL: Final = 0.12
SECONDS: Final = 2
WARM_S: Final = 1


async def run(rounds: int) -> Result:
    """Median of the ratios within each round; the order of the ways turns from round to round."""
    with tempfile.TemporaryDirectory(prefix="nmo-bench-gateway-") as name:
        # nginx's worker runs as another user when started by root.
        await asyncio.to_thread(Path(name).chmod, 0o711)
        async with stage(Path(name)) as stand:
            return _result(await _measure(stand, rounds), rounds)


async def _measure(stand: Stage, rounds: int) -> dict[str, list[Round]]:
    ways: dict[str, Target] = {
        "nginx": stand.nginx,
        "session": stand.session,
        "bearer": stand.bearer,
        "direct": stand.direct,
    }
    for target in ways.values():
        await load(target, seconds=WARM_S, folder=stand.folder)
    found: dict[str, list[Round]] = {way: [] for way in ways}
    for number in range(rounds):
        turn = number % len(ways)
        for way in [*ways][turn:] + [*ways][:turn]:
            found[way].append(await load(ways[way], seconds=SECONDS, folder=stand.folder))
    return found


def _result(found: dict[str, list[Round]], rounds: int) -> Result:
    figures: dict[str, float] = {}
    for way, series in found.items():
        figures[f"{way}_per_s"] = round(statistics.median(one.rate for one in series))
        figures[f"{way}_p50_ms"] = round(statistics.median(one.p50_ms for one in series), 2)
        figures[f"{way}_p99_ms"] = round(statistics.median(one.p99_ms for one in series), 2)
        figures[f"{way}_cpu_us"] = round(statistics.median(one.cpu_us for one in series), 1)
    figures["bearer_ratio"] = round(_ratio(found["bearer"], found["nginx"]), 3)
    figures["cpu_ratio"] = round(figures["session_cpu_us"] / figures["nginx_cpu_us"], 1)
    return Result(
        ratio=_ratio(found["session"], found["nginx"]),
        rounds=rounds,
        measured=sum(one.requests for one in found["session"]),
        figures=dict(figures),
    )


def _ratio(ours: list[Round], theirs: list[Round]) -> float:
    return statistics.median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
