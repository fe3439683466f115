"""I13: the total of a cycle never falls below nothing and moves by ledger entries alone, at every told moment."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.chaos.checker.snapshot import Event, Snapshot
from tests.chaos.checker.verdict import Inspection

TOLD = "told totals"
TYPES = frozenset({"cycles.credit.recorded.v1", "cycles.credit.reversed.v1"})
ZERO = Decimal(0)


def inspect(snapshot: Snapshot) -> Inspection:
    """Each cycle's events of credits in their order: every step is one entry of the ledger, with its credits."""
    found = Inspection(TOLD)
    entries = {str(row["id"]): row for row in snapshot.rows("cycles", "credit_entry")}
    told: dict[str, list[Event]] = defaultdict(list)
    for event in snapshot.events:
        if event.type in TYPES:
            told[event.data["cycle_id"]].append(event)
    for cycle_id, events in told.items():
        total = ZERO
        for event in sorted(events, key=lambda event: event.version):
            found.saw(TOLD)
            total += Decimal(str(event.data["zet"]))
            spot = f"cycles: event {event.id} of cycle {cycle_id}"
            entry = entries.get(event.data["entry_id"])
            if entry is None or entry["zet"] != Decimal(str(event.data["zet"])):
                found.wrong(f"{spot} moves the total without an entry of the ledger")
            if total < ZERO:
                found.wrong(f"{spot} leaves a total below nothing")
            if Decimal(str(event.data["total_zet"])) != total:
                found.wrong(f"{spot} tells {event.data['total_zet']}, the steps up to it sum to {total}")
    return found
