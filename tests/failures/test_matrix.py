"""Every failure that the portal must live through is named in `matrix.csv` and proven by marked tests."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.failures.marks import VARIABLE

ROOT = Path(__file__).resolve().parents[2]
LEAST_ROWS, LEAST_TESTS = 28, 60
COLLECT_S = 240


def rows() -> list[dict[str, str]]:
    """The matrix."""
    with Path(__file__).with_name("matrix.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def proofs() -> dict[str, set[str]]:
    """Rows by the tests that the matrix names for them."""
    named: dict[str, set[str]] = {}
    for row in rows():
        for test in row["tests"].split():
            named.setdefault(test, set()).add(row["id"])
    return named


def marked_files() -> list[str]:
    """Test modules in which the mark stands."""
    folders = ("shared/*/tests", "services/*/tests", "gateway/tests", "deploy/*/tests", "tests")
    files = {file for folder in folders for place in ROOT.glob(folder) for file in place.rglob("test_*.py")}
    mark = "@pytest.mark.failure" + "("
    return sorted(str(file) for file in files if mark in file.read_text(encoding="utf-8"))


def missing(wanted: dict[str, set[str]], found: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is wanted of each test and not found."""
    lacks = {test: rows_ - found.get(test, set()) for test, rows_ in wanted.items()}
    return {test: rows_ for test, rows_ in lacks.items() if rows_}


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Rows by the tests marked for them, over every test there is, as the runner itself collects them."""
    report = tmp_path_factory.mktemp("marks") / "marks.json"
    # Without the plugin of the test kit: it would note a mere collection as the requirements' newest outcome.
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "failure", *marked_files()]
    command += ["-p", "no:nmo_testkit.plugin", "-p", "no:cacheprovider", "-p", "tests.failures.marks"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(report), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=COLLECT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {test: set(found) for test, found in json.loads(report.read_text()).items()}


def test_rows_are_told_whole_and_once() -> None:
    found = rows()
    assert len(found) >= LEAST_ROWS
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", row["id"])
        assert row["failure"], row["id"]
        assert row["must_happen"], row["id"]
        assert bool(row["tests"]) != bool(row["not_applicable"]), f"{row['id']}: tests, or why there are none"
        assert row["must_not_happen"] or row["not_applicable"], row["id"]


def test_each_row_is_proven_by_tests_that_are_collected_and_marked_for_it(
    marked: dict[str, set[str]],
) -> None:
    named = proofs()
    assert len(named) >= LEAST_TESTS
    assert missing(named, marked) == {}


def test_each_mark_stands_in_the_matrix(marked: dict[str, set[str]]) -> None:
    assert missing(marked, proofs()) == {}
