"""A run that struck nothing, or that nobody came through, does not pass."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.history import Call, History
from tests.chaos.report import Report

HOLDS = {"I1": "ok", "I2": "ok"}


def whole() -> Report:
    return Report(
        seed=1,
        minutes=1.0,
        kills=3,
        faults={"kill": 3},
        failpoints={"cycles: db.after_commit": 1},
        journeys={"started": 2, "ended": 2},
        recovery_s={"median": 2.0, "max": 3.0},
        invariants=dict(HOLDS),
    )


def test_a_whole_run_passes() -> None:
    report = whole()
    report.judge()
    assert report.ok
    assert report.document()["ok"] is True


@pytest.mark.parametrize(
    ("field", "empty", "words"),
    [
        ("kills", 0, "nothing was injected"),
        ("faults", {}, "nothing was injected"),
        ("failpoints", {}, "no failpoint"),
        ("journeys", {"started": 2}, "no journey"),
        ("recovery_s", {}, "no recovery"),
        ("invariants", {}, "nothing was checked"),
        ("owed", {"cycles.outbox": 4}, "still on the way"),
    ],
)
def test_an_empty_run_fails_and_says_why(field: str, empty: object, words: str) -> None:
    report = whole()
    setattr(report, field, empty)
    report.judge()
    assert not report.ok
    assert any(words in fault for fault in report.faults_found)


def test_a_broken_invariant_fails_the_run() -> None:
    report = whole()
    report.invariants["I2"] = "cycles.credit_entry: one is missing"
    report.judge()
    assert not report.ok


def test_median_and_longest_recovery_are_told() -> None:
    report = whole()
    report.recoveries([1.0, 9.5, 2.0])
    assert report.recovery_s == {"median": 2.0, "max": 9.5}


def test_every_line_of_a_history_is_on_the_disk_at_once(tmp_path: Path) -> None:
    history = History(tmp_path / "evidence" / "history.jsonl")
    history.fact("j1", "cycle", "c1", specialty_key="VO-027")
    with (
        suppress(ConnectionResetError),
        Call(history, journey="j1", actor="t1", method="POST", path="/x", key="k"),
    ):
        raise ConnectionResetError
    lines = [json.loads(line) for line in history.path.read_text().splitlines()]
    history.close()
    assert [(line["kind"], line.get("what"), line.get("key")) for line in lines] == [
        ("fact", "cycle", None),
        ("call", None, "k"),
    ]
    assert (lines[1]["status"], lines[1]["method"]) == (None, "POST")
    assert history.counts["fact cycle"] == 1
