"""Records which requirement rows passed tests prove, for `make requirements`."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

REPORT = Path(".local/reports/requirements.json")


class RequirementRecorder:
    """Collects outcomes of tests marked `req`, and merges them into the report file."""

    def __init__(self, root: Path, *, only_collects: bool = False) -> None:
        """`root` is the folder of the run's configuration; `only_collects` when no test will be run."""
        self._file = root / REPORT
        self._only_collects = only_collects
        self._ids: dict[str, list[str]] = {}
        self._outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the rows of each test."""
        for item in items:
            rows = [str(row) for mark in item.iter_markers("req") for row in mark.args]
            if rows:
                self._ids[item.nodeid] = rows

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome; a failure in set-up or tear-down counts."""
        if report.nodeid not in self._ids:
            return
        if report.failed:
            self._outcomes[report.nodeid] = "failed"
        elif report.skipped:
            self._outcomes[report.nodeid] = "skipped"
        elif report.when == "call":
            self._outcomes.setdefault(report.nodeid, "passed")

    def pytest_sessionfinish(self) -> None:
        """Merge into the report: tests of this run replace their own earlier outcomes."""
        if self._only_collects:
            self._outcomes = dict.fromkeys(self._ids, "collected")
        if not self._outcomes:
            return
        found = _read(self._file)
        tests: dict[str, Any] = found.get("tests", {})
        for nodeid, outcome in self._outcomes.items():
            tests[nodeid] = {"outcome": outcome, "requirements": self._ids[nodeid]}
        rows: dict[str, dict[str, list[str]]] = {}
        for nodeid, entry in sorted(tests.items()):
            for row in entry["requirements"]:
                rows.setdefault(row, {}).setdefault(entry["outcome"], []).append(nodeid)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {"requirements": dict(sorted(rows.items())), "tests": tests}, indent=1, ensure_ascii=False
        )
        self._file.write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


TABLE = Path("tests/requirements.csv")
NAMED = 3
"""How many of a row's tests are named; the rest are counted."""


def main() -> None:
    """Print each row with the tests that prove it, then the rows that none does; from the last runs' outcomes.

    Without a report the marks are collected, and nothing is known of outcomes.
    """
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not REPORT.exists():
        _collect()
    found = _read(REPORT).get("requirements", {})
    table = Table(box=None, header_style="bold")
    for column in ("row", "passed", "other", "requirement", "tests"):
        table.add_column(column, justify="right" if column in {"passed", "other"} else "left")
    without = []
    for row in rows:
        outcomes = {
            outcome: [test for test in tests if Path(test.partition("::")[0]).exists()]
            for outcome, tests in found.get(row["id"], {}).items()
        }
        passed = len(outcomes.get("passed", [])) + len(outcomes.get("collected", []))
        other = sum(
            len(tests) for outcome, tests in outcomes.items() if outcome not in {"passed", "collected"}
        )
        if passed:
            table.add_row(
                row["id"],
                str(passed),
                f"[red]{other}[/]" if other else "",
                row["requirement"][:90],
                _named(outcomes.get("passed", []) + outcomes.get("collected", [])),
            )
        else:
            without.append(row)
    console = Console()
    console.print(table)
    console.print(f"\n[bold]Rows with no passing test: {len(without)} of {len(rows)}[/]")
    for row in without:
        console.print(f"  {row['id']}  {row['requirement'][:100]}", markup=False)
    unknown = sorted(set(found) - {row["id"] for row in rows})
    if unknown:
        console.print(f"[red]Tests name rows that do not exist: {', '.join(unknown)}[/]")
        sys.exit(1)


def _named(tests: list[str]) -> str:
    """Places of the first few tests: cases of one function are one place."""
    places = list(dict.fromkeys(test.partition("[")[0] for test in tests))
    more = [f"… and {len(places) - NAMED} more"] if len(places) > NAMED else []
    return "\n".join(places[:NAMED] + more)


def _collect() -> None:
    """Note the marks of all tests without running them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 our own tests


if __name__ == "__main__":
    main()
