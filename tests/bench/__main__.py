"""`python -m tests.bench [NAME…]`: run the benches, print a table, write `.local/reports/bench.json`.

Exits non-zero when a goal is missed, a bench fails or measures nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import uvloop
from rich.console import Console
from rich.table import Table

from nmo_local.paths import LOCAL

REPORT = LOCAL / "reports" / "bench.json"
ROUNDS = 5
_NAME = re.compile(r'^NAME = "(?P<name>\w+)"$', re.MULTILINE)
console = Console()


def benches() -> dict[str, Path]:
    """Modules of this package that are benches, by name: NAME, GOAL (or None), `async def run(rounds) -> Result`.

    Found by their text: what is not asked for is not imported.
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    named = {file: _NAME.search(file.read_text(encoding="utf-8")) for file in files}
    return {found["name"]: file for file, found in named.items() if found}


def main() -> int:
    """Run what was asked for; the report keeps the other benches' last figures."""
    known = benches()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Figures as ratios in one run")
    parser.add_argument("names", nargs="*", choices=[*known, []], metavar="NAME", help=", ".join(known))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    wanted = arguments.names or list(known)
    report: dict[str, Any] = orjson.loads(REPORT.read_bytes()) if REPORT.exists() else {}
    done: dict[str, Any] = {}
    for name in wanted:
        done[name] = _run(import_module(f"tests.bench.{known[name].stem}"), arguments.rounds)
        report[name] = done[name]
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    _show(done)
    console.print(f"written to {REPORT}")
    return 0 if done and all(entry["met"] for entry in done.values()) else 1


def _run(module: Any, rounds: int) -> dict[str, Any]:
    console.print(f"[bold]{module.NAME}[/] …")
    started = time.perf_counter()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            entry: dict[str, Any] = runner.run(module.run(rounds)).report(module.GOAL)
    except Exception as error:  # noqa: BLE001 the other benches still tell their figures, and the exit code this one's
        console.print_exception()
        entry = {"ratio": None, "goal": module.GOAL, "met": False, "rounds": 0, "error": repr(error)[:500]}
    took = round(time.perf_counter() - started, 1)
    return {**entry, "took_s": took, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def _show(done: dict[str, Any]) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("bench", "ratio", "goal", "", "figures"):
        table.add_column(column)
    for name, entry in done.items():
        rest = {key: value for key, value in entry.items() if key not in {"ratio", "goal", "met", "at"}}
        verdict = "[green]met[/]" if entry["met"] else "[red]missed[/]"
        goal = "–" if entry["goal"] is None else f"≥ {entry['goal']}"
        ratio = "–" if entry["ratio"] is None else f"{entry['ratio']:.3f}"
        table.add_row(name, ratio, goal, verdict, "\n".join(f"{key}: {value}" for key, value in rest.items()))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
