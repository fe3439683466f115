"""Load for the gateway's bench: wrk in a process of its own, and the processor time of what stands under it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nmo_local.infra.debian import require_program
from tests.bench.measure import cpu_seconds
from tests.bench.result import NothingMeasuredError

CONNECTIONS = 32
# wrk's own table is for people; this tells the same as one line of JSON.
REPORT = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %d, "us": %d, "faults": %d, "p50_ms": %.3f, "p99_ms": %.3f}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked, and the processes whose time it costs."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """One short load on one target; ``cpu_us`` is its processes' time for each request."""

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


async def load(target: Target, *, seconds: int, folder: Path) -> Round:
    """Ask as fast as answers come, over 32 connections that stay open.

    Raises:
        NothingMeasuredError: nothing was answered, or anything but 2xx.
    """
    require_program("wrk", variable="NMO_WRK")
    script = folder / "report.lua"
    script.write_text(REPORT)
    fields = [part for name, value in target.headers.items() for part in ("-H", f"{name}: {value}")]
    wrk = [
        os.environ.get("NMO_WRK", "wrk"),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
    ]
    before = sum(map(cpu_seconds, target.pids))
    process = await asyncio.create_subprocess_exec(*wrk, *fields, target.url, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    spent = sum(map(cpu_seconds, target.pids)) - before
    figures = json.loads(told.decode().strip().splitlines()[-1])
    if figures["requests"] == 0 or figures["faults"]:
        raise NothingMeasuredError(f"{target.url}: {figures}")
    return Round(
        requests=figures["requests"],
        rate=figures["requests"] * 1e6 / figures["us"],
        p50_ms=figures["p50_ms"],
        p99_ms=figures["p99_ms"],
        cpu_us=spent * 1e6 / figures["requests"],
    )
