"""`python -m tests.sync_proof --cards 3000000 --kills 20 --seed 1`: load, kill, go on, compare; exits non-zero on a fault.

Writes `.local/reports/sync.json`. A card takes some 10 KB of disk: 5 in the mirror, 4 in the copy, 2 in the dump.

`rate_ratio` counts all the time in which a process of the load ran, with the starts after kills and what they lost;
`rate_ratio_without_starts` is the same without the time that so many empty starts take.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys

import orjson

from nmo_local.paths import LOCAL
from tests.sync_proof.proof import Proof, prove

REPORT = LOCAL / "reports" / "sync.json"


def main() -> int:
    """Run the proof and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync_proof")
    parser.add_argument("--cards", type=int, default=3_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    wanted = parser.parse_args()
    seed = secrets.randbelow(10**6) if wanted.seed is None else wanted.seed
    sys.stdout.write(f"seed {seed}\n")
    proof: Proof = asyncio.run(
        prove(cards=wanted.cards, kills=wanted.kills, seed=seed, tell=sys.stdout.write)
    )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_bytes(orjson.dumps(proof.report, option=orjson.OPT_INDENT_2))
    sys.stdout.write(
        f"{orjson.dumps(proof.report, option=orjson.OPT_INDENT_2).decode()}\nwritten to {REPORT}\n"
    )
    return 0 if proof.holds else 1


if __name__ == "__main__":
    sys.exit(main())
