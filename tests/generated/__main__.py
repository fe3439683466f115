"""`python -m tests.generated --minutes 30 --seed 1`: the long run against the system that runs; `--short` as in the tests."""

# ruff: noqa: T201 a command line speaks by printing

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys

from tests.generated.campaign import REPORT, Campaign, long, short

SHORT_S = 60


def main() -> int:
    """Run, keep the report, say what was found; 1 when something is wrong or nothing was generated."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=30)
    words.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    words.add_argument("--short", action="store_true")
    chosen = words.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    work = short(chosen.seed, SHORT_S) if chosen.short else long(chosen.seed, int(chosen.minutes * 60))
    campaign = asyncio.run(work)
    campaign.write()
    return _verdict(campaign)


def _verdict(campaign: Campaign) -> int:
    told = campaign.report()
    for run in told["by"]:
        print(f"{run['service']:14} {run['role']:11} {run['cases']:6} cases, {run['probes']:4} probes")
    for failure in told["failures"]:
        print(f"\n{failure['check']} as {failure['role']}: {failure['operation']}\n{failure['detail']}")
    print(
        f"{told['cases']} cases, {told['server_errors']} server errors, {len(told['failures'])} failures,"
        f" {told['accepted']} accepted: {REPORT}"
    )
    return int(not told["cases"] or bool(told["failures"] or told["faults"] or told["server_errors"]))


if __name__ == "__main__":
    sys.exit(main())
