"""`python -m tests.size [NAME…]`: the full size, to `.local/reports/size.json`; exits non-zero on a full read."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import asdict

import orjson

from nmo_local.paths import LOCAL
from nmo_testkit.engine import infrastructure
from nmo_testkit.postgres import Databases
from tests.size.subjects import SUBJECTS

REPORT = LOCAL / "reports" / "size.json"


async def run(names: list[str], postgres_url: str) -> bool:
    """Each subject by itself; True when none has a fault."""
    databases, report, well = Databases(postgres_url), {}, True
    for name in names:
        subject, started = SUBJECTS[name], time.perf_counter()
        verdict = await subject.judge(databases, subject.full)
        try:
            verdict.check()
            fault = None
        except AssertionError as error:
            fault, well = str(error), False
        took = round(time.perf_counter() - started, 1)
        report[name] = {"size": subject.full, "took_s": took, "met": fault is None, **asdict(verdict)}
        sys.stdout.write(
            f"{name}: {subject.full} loaded, {verdict.statements} statements, slowest {verdict.slowest_ms} ms,"
            f" {took} s: {fault or 'no full reads'}\n"
        )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return well and bool(report)


def main() -> int:
    """Run what was asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.size")
    parser.add_argument("names", nargs="*", choices=[*SUBJECTS, []])
    names = parser.parse_args().names or list(SUBJECTS)
    with infrastructure() as servers:
        return 0 if asyncio.run(run(names, servers.postgres_url)) else 1


if __name__ == "__main__":
    sys.exit(main())
