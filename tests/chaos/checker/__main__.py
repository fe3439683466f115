"""`python -m tests.chaos.checker FOLDER`: check the running local system against the history in an evidence folder."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from nmo_local import infra
from nmo_local.paths import LOCAL
from tests.chaos.checker import Evidence, Verdict, check
from tests.chaos.checker.evidence import HISTORY
from tests.leaks.canaries import Canaries

CANARIES = "canaries.json"


async def _run(folder: Path, patience_s: float) -> Verdict:
    servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
    planted = folder / CANARIES
    canaries = Canaries.from_json(planted.read_text()) if planted.exists() else None
    return await check(Evidence.of_local_system(servers, folder, canaries), patience_s=patience_s)


def main() -> int:
    """Prints one line per invariant and the counts; 0 when all hold."""
    parser = argparse.ArgumentParser(prog="tests.chaos.checker", description=__doc__)
    parser.add_argument("folder", type=Path, help=f"holds {HISTORY}, and {CANARIES} for I11")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds for late events to arrive")
    given = parser.parse_args()
    verdict = asyncio.run(_run(given.folder, given.patience))
    print("\n".join(verdict.lines()))  # noqa: T201 a command's answer
    print(", ".join(f"{name} {count}" for name, count in verdict.counts.items()))  # noqa: T201 same
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
