"""`python -m tests.chaos.checker.planted`: drive the local system a little, plant every fault, print the table."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from nmo_local import infra, system
from nmo_local.paths import LOCAL
from tests.chaos.checker.check import judge, settled_snapshot
from tests.chaos.checker.planted.run import FAULTS, Alarm, plant, table
from tests.chaos.checker.planted.scene import scene
from tests.chaos.checker.witness import witnessed
from tests.conftest import Portal

PATIENCE_S = 30.0


async def _run(folder: Path) -> list[Alarm]:
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    async with witnessed(Portal(system.PUBLIC_URL), folder) as evidence:
        snapshot = await settled_snapshot(evidence, patience_s=PATIENCE_S)
        verdict = judge(snapshot)
        if not verdict.ok:
            sys.exit("The evidence is not whole before anything is planted:\n" + "\n".join(verdict.lines()))
        copies = folder / "copies"
        copies.mkdir()
        async with scene(evidence, snapshot, servers.postgres_url, copies) as ready:
            return [await plant(fault, ready) for fault in FAULTS]


def main() -> int:
    """Prints the table; 0 when every fault was named where it belongs."""
    with tempfile.TemporaryDirectory() as folder:
        alarms = asyncio.run(_run(Path(folder)))
    print(table(alarms))  # noqa: T201 a command's answer
    complaints = [f"{alarm.fault.what}: {alarm.complaint}" for alarm in alarms if alarm.complaint]
    print("\n".join(complaints))  # noqa: T201 same
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
