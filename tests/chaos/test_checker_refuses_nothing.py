"""A check that looked at nothing has proven nothing, and a history that is not whole is no evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chaos.checker import History, judge
from tests.chaos.checker.history import BrokenHistoryError
from tests.chaos.checker.queries import TABLES, queries_of
from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import EMPTY, SHOWN, Inspection

EMPTY_SYSTEM = Snapshot(
    tables={service: {table: [] for table in queries_of(service)} for service in TABLES},
    waiting=[],
    files={},
    history=History(),
)


def test_no_invariant_holds_of_nothing() -> None:
    verdict = judge(EMPTY_SYSTEM)
    assert not verdict.ok
    assert verdict.broken.keys() == verdict.invariants.keys()
    assert all(text.startswith(EMPTY) for text in verdict.invariants.values())


def test_one_empty_part_is_enough_to_refuse() -> None:
    inspection = Inspection("rows", "files")
    inspection.saw("rows", 7)
    assert inspection.text == f"{EMPTY}: files"
    inspection.saw("files")
    assert inspection.text == "ok"
    assert inspection.checked == 8


def test_an_inspection_without_parts_is_empty() -> None:
    assert Inspection().text.startswith(EMPTY)


def test_many_findings_are_counted_not_poured_out() -> None:
    inspection = Inspection("rows")
    inspection.saw("rows")
    for number in range(SHOWN + 3):
        inspection.wrong(f"spot {number}", kind="lost")
    assert inspection.text.endswith("spot 4; and 3 more")
    assert inspection.tally["lost"] == SHOWN + 3


def test_a_credential_tried_within_its_grace_proves_nothing() -> None:
    replay = {"credential": "session", "where": "gateway", "age_s": 1.9, "status": 200}
    early = Snapshot(EMPTY_SYSTEM.tables, [], {}, History(replays=[replay]))
    assert judge(early).invariants["I7"].startswith(EMPTY)
    unanswered = History(
        replays=[{**replay, "age_s": 9.0, "status": None}, {**replay, "age_s": 9.0, "status": 503}]
    )
    assert judge(Snapshot(EMPTY_SYSTEM.tables, [], {}, unanswered)).invariants["I7"].startswith(EMPTY)
    refused = History(replays=[{**replay, "age_s": 9.0, "status": 401}])
    assert judge(Snapshot(EMPTY_SYSTEM.tables, [], {}, refused)).invariants["I7"] == "ok"


def test_a_history_is_read_by_kind(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    lines = [{"kind": "call", "path": "/"}, {"kind": "fact", "what": "cycle"}, {"kind": "note"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"kind": "call", "pa')
    found = History.read(file)
    assert (len(found.calls), len(found.facts), len(found.replays)) == (1, 1, 0)


@pytest.mark.parametrize("line", ["{", "[]", '{"t": 1}', "null"])
def test_a_broken_line_in_the_middle_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(f'{line}\n{{"kind": "call"}}\n')
    with pytest.raises(BrokenHistoryError, match=r"history\.jsonl:1"):
        History.read(file)
