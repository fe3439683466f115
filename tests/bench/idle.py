"""The idle system: memory and processor time of its processes, and how long they take to be ready.

Memory is that of all processes but PostgreSQL and RabbitMQ, the stand-ins included. The start is timed with the servers
running: every process from stopped to ready.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from nmo_local import infra, lifecycle, supervise, system
from nmo_local.paths import LOCAL
from tests.bench import processes
from tests.bench.on_system import measured
from tests.bench.result import Result

NAME = "idle"
GOAL = 1.0
"""The nearer of the two limits divided by what was measured."""
MEMORY_LIMIT_MIB = 1.2 * 1024
START_LIMIT_S = 30.0
SETTLE_S = 10.0
WATCH_S = 20.0


async def run(rounds: int) -> Result:
    """Starts are timed in every round; memory and idle processor time after the last."""
    figures = await measured("idle", min(rounds, 3))
    return Result(
        ratio=min(MEMORY_LIMIT_MIB / figures["memory_mib"], START_LIMIT_S / figures["start_s"]),
        rounds=figures.pop("rounds"),
        measured=figures["processes"],
        figures=figures,
    )


async def measure(rounds: int) -> dict[str, Any]:
    """In the process that knows the system's folder and ports."""
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    programs = [*system.sandbox_programs(), *system.portal_programs(servers)]
    starts, start_cpu = [], []
    for _ in range(rounds):
        await asyncio.to_thread(supervise.stop)
        started = time.perf_counter()
        await asyncio.to_thread(supervise.start, programs)
        await lifecycle.wait_ready(programs)
        starts.append(time.perf_counter() - started)
        pids = processes.supervised()
        start_cpu.append(sum(processes.cpu_by_name({name: [pid] for name, pid in pids.items()}).values()))
    await asyncio.sleep(SETTLE_S)
    return {
        "rounds": rounds,
        "start_s": round(statistics.median(starts), 1),
        "start_cpu_s": round(statistics.median(start_cpu), 1),
        **await _at_rest(servers),
    }


async def _at_rest(servers: infra.Infra) -> dict[str, Any]:
    own = {name: [pid] for name, pid in processes.supervised().items()}
    groups = {**own, **processes.servers(servers)}
    before = processes.cpu_by_name(groups)
    await asyncio.sleep(WATCH_S)
    after = processes.cpu_by_name(groups)
    shares = {name: round((after[name] - before[name]) / WATCH_S * 100, 1) for name in groups}
    memory = {name: processes.memory_mib(pids) for name, pids in own.items()}
    return {
        "processes": len(own),
        "memory_mib": round(sum(memory.values())),
        "memory_limit_mib": round(MEMORY_LIMIT_MIB),
        "start_limit_s": START_LIMIT_S,
        "memory_by_process_mib": {name: round(mib) for name, mib in memory.items()},
        "idle_cpu_percent_of_a_core": round(sum(shares[name] for name in own), 1),
        "idle_cpu_by_process_percent": shares,
    }
