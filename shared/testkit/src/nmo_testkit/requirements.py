"""Records which requirement rows passed tests prove, for `make requirements`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REPORT = Path(".local/reports/requirements.json")


class RequirementRecorder:
    """Collects outcomes of tests marked `req`, and merges them into the report file."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder of the run's configuration."""
        self._file = root / REPORT
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
