"""`python -m tests.chaos --minutes 15 --seed N`: strike a system of its own while a crowd uses it, then check it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import sys
from pathlib import Path

OFFSET = 500
"""Added to every port of the local system, so that both may run."""
MAX_SEED = 1_000_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0, help="how long faults are injected")
    parser.add_argument("--seed", type=int, help="decides faults and journeys; a random one is printed")
    parser.add_argument("--kills", type=int, help="a short run: many kills at once, until there were so many")
    parser.add_argument("--journeys", type=int, default=200, help="how many go side by side")
    parser.add_argument("--keep", action="store_true", help="leave the system running, to look into it")
    parser.add_argument("--report", type=Path, help="another file than .local/reports/chaos.json")
    return parser.parse_args()


def main() -> int:
    """Run once; 0 when every invariant holds, every journey ended and something was injected."""
    given = _arguments()
    offset = int(os.environ.get("NMO_PORT_OFFSET") or 0) + OFFSET
    folder = os.environ.get("NMO_CHAOS_FOLDER") or str(Path.cwd() / ".local" / "chaos")
    os.environ.update(NMO_PORT_OFFSET=str(offset), NMO_LOCAL=folder)
    for name in ("NMO_LOCAL_POSTGRES_URL", "NMO_LOCAL_AMQP_URL", "NMO_LOCAL_AMQP_ADMIN_URL"):
        # Servers that are given are not ours to strike.
        os.environ.pop(name, None)
    for name in ("aio_pika", "aiormq", "asyncio"):
        # Connections are lost all the time here; the history tells what matters.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import uvloop

    # Where things lie is decided when these are imported, so not before the variables stand.
    from tests.chaos.report import console
    from tests.chaos.run import REPORT, Options, run

    seed = given.seed if given.seed is not None else secrets.randbelow(MAX_SEED)
    console.print(f"seed {seed}; evidence in {folder}/evidence", markup=False)
    options = Options(
        minutes=given.minutes,
        seed=seed,
        kills=given.kills,
        journeys=given.journeys,
        report=given.report or REPORT,
        keep=given.keep,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(run(options))
    report.show()
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
