"""A full load killed with SIGKILL at random moments, each time gone on with, then compared."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg

from nmo_registry.sync.commands.reconcile import BATCH
from nmo_testkit.wait import until
from tests.bench.servers import servers
from tests.sync_proof.compare import Verdict, compare
from tests.sync_proof.copying import bare_copy
from tests.sync_proof.stage import Stage, stage

RATE_GOAL = 0.4
MEMORY_GOAL_MB = 400.0
LEFT = 3 * BATCH
"""Cards that are left at least when a kill is planned."""
FASTEST = 30_000
"""Cards a second that no load reaches: what a process does before it is killed ends before the work does."""
LONGEST_S = 7200.0
Tell = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done and found."""

    seed: int
    cards: int
    kills: int
    verdict: Verdict
    running_s: float
    """Time in which a process of the load was running: starts and work that was lost by kills included."""
    start_s: float
    """Time in which a process starts and does nothing."""
    cpu_s: float
    """Processor time of the processes of the load, without the database and the register."""
    dump_mb: float
    bare_s: float
    rows: int
    rss_mb: float

    @property
    def rate_ratio(self) -> float:
        """Rate of the load to that of a bare COPY of the same rows."""
        return self.bare_s / self.running_s

    @property
    def loading_ratio(self) -> float:
        """The same without the starts of the processes."""
        return self.bare_s / max(self.running_s - (self.kills + 1) * self.start_s, 0.001)

    @property
    def holds(self) -> bool:
        """Equal, every event once, and something was killed when it should have been."""
        told = self.verdict.missing_events == self.verdict.doubled_events == 0
        return self.verdict.equal and told and self.verdict.events > 0

    @property
    def report(self) -> dict[str, Any]:
        """As written to the file."""
        return {
            "seed": self.seed, "cards": self.cards, "kills": self.kills, "equal": self.verdict.equal,
            "missing_events": self.verdict.missing_events, "doubled_events": self.verdict.doubled_events,
            "rate_ratio": round(self.rate_ratio, 3), "rate_ratio_without_starts": round(self.loading_ratio, 3),
            "rate_goal": RATE_GOAL, "rss_mb": round(self.rss_mb, 1), "rss_goal_mb": MEMORY_GOAL_MB,
            "running_s": round(self.running_s, 1), "start_s": round(self.start_s, 2),
            "bare_copy_s": round(self.bare_s, 1), "cpu_us_per_card": round(1e6 * self.cpu_s / self.cards, 1),
            "rows": self.rows, "dump_mb": round(self.dump_mb), "cards_per_s": round(self.cards / self.running_s),
            "holds": self.holds,
            "compared": {**asdict(self.verdict), "differing": self.verdict.differing[:20]},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Used:
    """The most memory and all processor time of a process and of those that it started."""

    peak_mb: float
    cpu_s: float


@dataclass(slots=True)
class _Load:
    """One process of the load."""

    seconds: float
    used: _Used
    code: int


async def prove(*, cards: int, kills: int, seed: int, tell: Tell) -> Proof:
    """Load, kill, go on, compare.

    Raises:
        RuntimeError: the load ended before all kills, or a process failed by itself.
    """
    began = time.perf_counter()
    async with servers() as own:
        url = await own.databases.of("nmo_registry")
        with tempfile.TemporaryDirectory() as folder:
            async with stage(Path(folder), url, cards=cards, seed=seed) as scene:
                tell(f"{scene.total} cards are ready, {scene.dump_bytes // 10**6} MB, {_since(began)}\n")
                start_s = await _start_s(scene)
                loads = await _loads(
                    scene, url, kills=kills, dice=random.Random(seed), start_s=start_s, tell=tell
                )
            verdict = await compare(scene.environment, cards=cards, seed=seed)
        tell(f"compared {verdict.people} people and {verdict.events} events, {_since(began)}\n")
        bare_s, rows = await bare_copy(url)
        tell(f"copied the same rows, {_since(began)}\n")
    return Proof(
        seed, verdict.people, len(loads) - 1, verdict, sum(load.seconds for load in loads), start_s,
        sum(load.used.cpu_s for load in loads), scene.dump_bytes / 1e6, bare_s, rows,
        max(load.used.peak_mb for load in loads),
    )  # fmt: skip


def _since(began: float) -> str:
    return f"{time.perf_counter() - began:.0f} s after the beginning"


async def _start_s(scene: Stage) -> float:
    """Time in which the load starts and ends without work; the first start compiles, and counts for nothing."""
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        process = await _started(scene, "--help")
        if await process.wait() != 0:
            raise RuntimeError("the load does not start")
        seconds = time.perf_counter() - started
    return seconds


async def _started(scene: Stage, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nmo_registry", "reconcile", *arguments, env=scene.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def _loads(
    scene: Stage, url: str, *, kills: int, dice: random.Random, start_s: float, tell: Tell
) -> list[_Load]:
    """Each kill comes when a random share of the rest is done, so that all fall into the load whatever its speed.

    Some of close ones fall into the start of a process.
    """
    loads: list[_Load] = []
    marks = sorted(dice.randint(0, max(0, scene.total - LEFT)) for _ in range(kills))
    for number, mark in enumerate(marks, start=1):
        jitter_s = dice.uniform(0, LEFT / FASTEST / 2)
        load = await _run(scene, url, _Kill(mark, least_s=dice.uniform(0, start_s), jitter_s=jitter_s))
        if load.code != -signal.SIGKILL:
            raise RuntimeError(f"the load ended by itself with {load.code} before kill {number}")
        loads.append(load)
        tell(f"kill {number} of {kills} at {100 * mark / scene.total:.1f} % after {load.seconds:.1f} s\n")
    last = await _run(scene, url, None)
    if last.code != 0:
        raise RuntimeError(f"the load failed with {last.code}")
    tell(f"done after {last.seconds:.1f} s more\n")
    return [*loads, last]


@dataclass(frozen=True, slots=True)
class _Kill:
    """When a process is killed: so much work is done, it runs so long, and a moment later."""

    taken: int
    least_s: float
    jitter_s: float


async def _run(scene: Stage, url: str, kill: _Kill | None) -> _Load:
    started = time.perf_counter()
    process = await _started(scene)
    watching = asyncio.create_task(_watched(process.pid))
    killing = None if kill is None else asyncio.create_task(_killed(process, url, kill))
    code = await process.wait()
    seconds = time.perf_counter() - started
    if killing is not None:
        killing.cancel()
    return _Load(seconds, await watching, code)


async def _killed(process: asyncio.subprocess.Process, url: str, kill: _Kill) -> None:
    connection = await asyncpg.connect(url)
    try:
        await asyncio.sleep(kill.least_s)
        await until(lambda: _is_at(connection, kill.taken), timeout_s=LONGEST_S, every_s=0.02)
        # Anywhere within a batch: reading, writing, committing.
        await asyncio.sleep(kill.jitter_s)
        process.kill()
    finally:
        await connection.close()


async def _is_at(connection: asyncpg.Connection, taken: int) -> bool:
    return (await connection.fetchval("select max(taken) from reconciliation") or 0) >= taken


async def _watched(pid: int) -> _Used:
    """What a process and those that it started used until it ended, as seen twice a second."""
    peak_mb, cpu_s = 0.0, {}
    while (own := _used(pid)) is not None:
        found = {pid: own, **{one: used for one in _started_by(pid) if (used := _used(one))}}
        peak_mb = max(peak_mb, sum(used.peak_mb for used in found.values()))
        cpu_s.update({one: used.cpu_s for one, used in found.items()})
        await asyncio.sleep(0.5)
    return _Used(peak_mb, sum(cpu_s.values()))


def _started_by(pid: int) -> list[int]:
    with suppress(OSError):
        lists = [file.read_text(encoding="ascii") for file in Path(f"/proc/{pid}/task").glob("*/children")]
        return [int(one) for names in lists for one in names.split()]
    return []


def _used(pid: int) -> _Used | None:
    """Resident memory, what is shared by its share, and processor time of one process; None when it has ended."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        resident = next(line for line in lines if line.startswith("Pss:")).split()[1]
        times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return _Used(int(resident) / 1024, sum(map(int, times)) / os.sysconf("SC_CLK_TCK"))
    return None
