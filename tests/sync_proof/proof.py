"""A full load killed with SIGKILL at random moments, each time gone on with, then compared."""

from __future__ import annotations

import asyncio
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

from nmo_testkit.wait import until
from tests.bench.servers import servers
from tests.sync_proof.compare import Verdict, compare
from tests.sync_proof.copying import bare_copy
from tests.sync_proof.stage import Stage, stage

RATE_GOAL = 0.4
MEMORY_GOAL_MB = 400.0
START_S = 2.0
"""A killed process is given at least this long, so that most kills fall into the work and some into the start."""
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
    """Time in which a process of the load was running."""
    bare_s: float
    rows: int
    rss_mb: float

    @property
    def rate_ratio(self) -> float:
        """Rate of the load to that of a bare COPY of the same rows."""
        return self.bare_s / self.running_s

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
            "rate_ratio": round(self.rate_ratio, 3), "rate_goal": RATE_GOAL, "rss_mb": round(self.rss_mb, 1),
            "rss_goal_mb": MEMORY_GOAL_MB, "running_s": round(self.running_s, 1), "bare_copy_s": round(self.bare_s, 1),
            "rows": self.rows, "cards_per_s": round(self.cards / self.running_s), "holds": self.holds,
            "compared": {**asdict(self.verdict), "differing": self.verdict.differing[:20]},
        }  # fmt: skip


@dataclass(slots=True)
class _Load:
    """One process of the load."""

    seconds: float
    peak_mb: float
    code: int


async def prove(*, cards: int, kills: int, seed: int, tell: Tell) -> Proof:
    """Load, kill, go on, compare.

    Raises:
        RuntimeError: the load ended before all kills, or a process failed by itself.
    """
    async with servers() as own:
        url = await own.databases.of("nmo_registry")
        with tempfile.TemporaryDirectory() as folder:
            async with stage(Path(folder), url, cards=cards, seed=seed) as scene:
                loads = await _loads(scene, url, kills=kills, dice=random.Random(seed), tell=tell)
                verdict = await compare(scene.environment, cards=cards, seed=seed)
        bare_s, rows = await bare_copy(url)
    return Proof(
        seed, verdict.people, len(loads) - 1, verdict, sum(load.seconds for load in loads), bare_s, rows,
        max(load.peak_mb for load in loads),
    )  # fmt: skip


async def _loads(scene: Stage, url: str, *, kills: int, dice: random.Random, tell: Tell) -> list[_Load]:
    """Each kill comes when a random share of the rest is done, so that all fall into the load whatever its speed."""
    loads: list[_Load] = []
    marks = sorted(dice.uniform(0.0, 0.97) for _ in range(kills))
    for number, mark in enumerate(marks, start=1):
        load = await _run(scene, url, until_taken=int(mark * scene.total), jitter_s=dice.uniform(0, 0.3))
        if load.code != -signal.SIGKILL:
            raise RuntimeError(f"the load ended by itself with {load.code} before kill {number}")
        loads.append(load)
        tell(f"kill {number} of {kills} at {100 * mark:.1f} % after {load.seconds:.1f} s\n")
    last = await _run(scene, url, until_taken=None, jitter_s=0)
    if last.code != 0:
        raise RuntimeError(f"the load failed with {last.code}")
    tell(f"done after {last.seconds:.1f} s more\n")
    return [*loads, last]


async def _run(scene: Stage, url: str, *, until_taken: int | None, jitter_s: float) -> _Load:
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nmo_registry", "reconcile", env=scene.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    watching = asyncio.create_task(_peak_mb(process.pid))
    if until_taken is not None:
        killing = asyncio.create_task(_kill_at(process, url, until_taken, jitter_s))
    code = await process.wait()
    seconds = time.perf_counter() - started
    if until_taken is not None:
        killing.cancel()
    return _Load(seconds, await watching, code)


async def _kill_at(process: asyncio.subprocess.Process, url: str, taken: int, jitter_s: float) -> None:
    connection = await asyncpg.connect(url)
    try:
        await asyncio.sleep(START_S)
        await until(lambda: _is_at(connection, taken), timeout_s=LONGEST_S, every_s=0.05)
        # Anywhere within a batch: reading, writing, committing.
        await asyncio.sleep(jitter_s)
        process.kill()
    finally:
        await connection.close()


async def _is_at(connection: asyncpg.Connection, taken: int) -> bool:
    return (await connection.fetchval("select max(taken) from reconciliation") or 0) >= taken


async def _peak_mb(pid: int) -> float:
    """Highest resident memory seen until the process ended."""
    peak = 0.0
    with suppress(OSError, StopIteration):
        while True:
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()  # noqa: ASYNC240 not a disk
            peak = max(peak, int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024)
            await asyncio.sleep(0.5)
    return peak
