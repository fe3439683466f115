"""I2: the ledger holds each confirmed result once and nothing else, and every told total is their sum."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.chaos.checker.snapshot import Row, Snapshot
from tests.chaos.checker.verdict import Inspection

RESULTS, ENTRIES = "completed applications", "ledger entries"
ZERO = Decimal(0)
_SAME = {
    "person_id": "person_id",
    "cycle_id": "cycle_id",
    "plan_item_id": "plan_item_id",
    "element_id": "element_id",
}


def inspect(snapshot: Snapshot) -> Inspection:
    """Results of the applications against entries of the ledger, both ways; reversals; totals."""
    found = Inspection(RESULTS, ENTRIES)
    entries = snapshot.rows("cycles", "credit_entry")
    found.saw(ENTRIES, len(entries))
    by_source: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        by_source[entry["source"]].append(entry)
    for source, same in by_source.items():
        if len(same) > 1:
            spot = f"cycles.credit_entry: {source} is credited {len(same)} times"
            found.wrong(spot, kind="doubled", count=len(same) - 1)
    completed = {
        f"application/{row['id']}": row
        for row in snapshot.rows("applications", "application")
        if row["status"] == "completed"
    }
    found.saw(RESULTS, len(completed))
    for source, row in completed.items():
        _credited(row, by_source.get(source), found)
    reversals = {entry["id"]: entry for entry in entries if entry["reversed_entry_id"] is not None}
    for entry in entries:
        if entry["id"] not in reversals and entry["source"] not in completed:
            found.wrong(
                f"cycles.credit_entry: {entry['id']} stands on {entry['source']}, which has no result"
            )
    _reversed(entries, reversals, found)
    _one_per_activity(entries, reversals, found)
    _totals(snapshot, entries, found)
    return found


def _credited(row: Row, entries: list[Row] | None, found: Inspection) -> None:
    if not entries:
        found.wrong(f"cycles.credit_entry: nothing for application {row['id']}, completed", kind="uncredited")
        return
    entry = entries[0]
    if entry["zet"] != row["credited_zet"]:
        spot = f"cycles.credit_entry: {entry['id']} has {entry['zet']}"
        found.wrong(f"{spot}, application {row['id']} has {row['credited_zet']}")
    for name, theirs in _SAME.items():
        if entry[name] != row[theirs]:
            found.wrong(f"cycles.credit_entry: {entry['id']} has another {name} than application {row['id']}")


def _reversed(entries: Any, reversals: dict[Any, Row], found: Inspection) -> None:
    by_id = {entry["id"]: entry for entry in entries}
    for reversal in reversals.values():
        original = by_id.get(reversal["reversed_entry_id"])
        if original is None or original["id"] in reversals:
            found.wrong(f"cycles.credit_entry: {reversal['id']} takes back no entry")
        elif original["zet"] + reversal["zet"] != ZERO or original["cycle_id"] != reversal["cycle_id"]:
            found.wrong(f"cycles.credit_entry: {reversal['id']} and {original['id']} do not sum to nothing")


def _one_per_activity(entries: Any, reversals: dict[Any, Row], found: Inspection) -> None:
    taken_back = {reversal["reversed_entry_id"] for reversal in reversals.values()}
    seen: dict[tuple[Any, ...], Any] = {}
    for entry in entries:
        if entry["id"] in reversals or entry["id"] in taken_back:
            continue
        activity = (entry["person_id"], entry["cycle_id"], entry["element_id"])
        if activity in seen:
            spot = (
                f"cycles.credit_entry: {entry['id']} and {seen[activity]} credit one activity of one person"
            )
            found.wrong(spot, kind="doubled")
        seen[activity] = entry["id"]


def _totals(snapshot: Snapshot, entries: Any, found: Inspection) -> None:
    """What was told last of a cycle is the sum that stands in the ledger now."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        sums[str(entry["cycle_id"])] += entry["zet"]
    told: dict[str, tuple[int, Decimal]] = {}
    for event in snapshot.events:
        if event.type in {"cycles.credit.recorded.v1", "cycles.credit.reversed.v1"}:
            now = (event.version, Decimal(str(event.data["total_zet"])))
            told[event.data["cycle_id"]] = max(told.get(event.data["cycle_id"], now), now)
    for cycle_id in sorted(sums.keys() | told.keys()):
        total = told.get(cycle_id, (0, ZERO))[1]
        if total != sums[cycle_id]:
            found.wrong(
                f"cycles: {total} was told last of cycle {cycle_id}, its ledger holds {sums[cycle_id]}"
            )
        if sums[cycle_id] < ZERO:
            found.wrong(f"cycles: the ledger of cycle {cycle_id} is negative")
