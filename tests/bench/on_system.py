"""Benches over a whole running system of their own: in `.local/bench`, on ports of its own, beside any other.

Folder and ports are settled when the local tool is imported, so the measuring runs in a process that is told them:
`python -m tests.bench.on_system sign_in|idle ROUNDS` prints its figures as JSON.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from nmo_local.paths import LOCAL, PORT_OFFSET, ROOT

OFFSET = 3000
UP_TIMEOUT_S = 600
DOWN_TIMEOUT_S = 120


async def measured(what: str, rounds: int) -> dict[str, Any]:
    """Run a measurement in a process of its own; its last line is the figures.

    Raises:
        AssertionError: it failed; carries what it wrote.
    """
    environment = {
        **os.environ,
        "NMO_LOCAL": str(LOCAL / "bench"),
        "NMO_PORT_OFFSET": str((PORT_OFFSET + OFFSET) % 10_000),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.on_system", what, str(rounds),
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    if process.returncode:
        raise AssertionError(f"{what}: {errors.decode()[-2000:]}")
    found: dict[str, Any] = orjson.loads(output.splitlines()[-1])
    return found


def _local(command: str, timeout_s: int) -> None:
    """The local tool; what it starts must not hold our output open."""
    log = LOCAL / "log" / f"{command}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "nmo_local", command],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            timeout=timeout_s, check=False,
        )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"{command} failed:\n{log.read_text(errors='replace')[-2000:]}")


def main() -> None:
    """Bring the system up, measure, take it down."""
    from tests.bench import idle, sign_in

    what, rounds = sys.argv[1], int(sys.argv[2])
    measure: dict[str, Callable[[int], Awaitable[dict[str, Any]]]] = {
        "sign_in": sign_in.measure,
        "idle": idle.measure,
    }
    _local("up", UP_TIMEOUT_S)
    try:
        figures = asyncio.run(_awaited(measure[what](rounds)))
    finally:
        _local("down", DOWN_TIMEOUT_S)
    sys.stdout.write(orjson.dumps(figures).decode() + "\n")


async def _awaited(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return await work


if __name__ == "__main__":
    main()
