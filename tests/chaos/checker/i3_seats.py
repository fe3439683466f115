"""I3: at no recorded moment were more seats held than there are, and nobody studies without one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.chaos.checker.snapshot import Event, Snapshot
from tests.chaos.checker.verdict import Inspection

MOMENTS, HOLDS, ENROLMENTS = "seat events", "seat holds", "enrolments"
SEATED = frozenset({"confirmed", "enrolled", "completed"})
UNLIMITED = 1_000_000
"""Told as free seats where there is no limit."""


def inspect(snapshot: Snapshot) -> Inspection:
    """Fold the seat events in the order of their commits, then compare with the tables as they are now."""
    found = Inspection(MOMENTS, HOLDS, ENROLMENTS)
    totals = {str(row["id"]): row["seats_total"] for row in snapshot.rows("catalog", "element")}
    held = _fold(snapshot, totals, found)
    _now(snapshot, totals, held, found)
    _enrolled(snapshot, totals, found)
    return found


def _fold(snapshot: Snapshot, totals: dict[str, Any], found: Inspection) -> dict[str, set[str]]:
    """Who holds a seat of which element after the last event."""
    held: dict[str, set[str]] = defaultdict(set)
    versions: dict[str, int] = {}
    for event in snapshot.events:
        if not event.type.startswith("catalog.seat."):
            continue
        found.saw(MOMENTS)
        application, element = event.data["application_id"], event.data["element_id"]
        if event.version != versions.get(application, 0) + 1:
            spot = f"catalog.outbox: seat of application {application} goes from version"
            found.wrong(f"{spot} {versions.get(application, 0)} to {event.version}")
        versions[application] = event.version
        if event.type == "catalog.seat.held.v1":
            held[element].add(application)
        else:
            held[element].discard(application)
        _moment(event, totals.get(element), held[element], found)
    return held


def _moment(event: Event, total: int | None, held: set[str], found: Inspection) -> None:
    element = event.data["element_id"]
    if total is None:
        return
    if len(held) > total:
        spot = f"catalog.element: {element} had {len(held)} of {total} seats held at event {event.id}"
        found.wrong(spot, kind="oversold")
    left = event.data.get("seats_left")
    if left is not None and left != total - len(held):
        spot = f"catalog.outbox: event {event.id} tells {left} seats left of element {element}"
        found.wrong(f"{spot}, {total - len(held)} were")


def _now(snapshot: Snapshot, totals: dict[str, Any], folded: dict[str, set[str]], found: Inspection) -> None:
    held: dict[str, set[str]] = defaultdict(set)
    for row in snapshot.rows("catalog", "seat_hold"):
        found.saw(HOLDS)
        if row["state"] == "held":
            held[str(row["element_id"])].add(str(row["application_id"]))
    for element in sorted(held.keys() | folded.keys()):
        total = totals.get(element)
        if total is not None and len(held[element]) > total:
            spot = f"catalog.seat_hold: element {element} has {len(held[element])} of {total} seats held"
            found.wrong(spot, kind="oversold", count=len(held[element]) - total)
        for application in sorted(held[element] ^ folded[element]):
            found.wrong(f"catalog.seat_hold: application {application} does not stand as its events tell")


def _enrolled(snapshot: Snapshot, totals: dict[str, Any], found: Inspection) -> None:
    holds = {
        str(row["application_id"]): row
        for row in snapshot.rows("catalog", "seat_hold")
        if row["state"] == "held"
    }
    active: dict[str, int] = defaultdict(int)
    for row in snapshot.rows("applications", "application"):
        if row["status"] not in SEATED:
            continue
        found.saw(ENROLMENTS)
        application, element = str(row["id"]), str(row["element_id"])
        active[element] += 1
        hold = holds.get(application)
        if hold is None or str(hold["element_id"]) != element:
            found.wrong(
                f"applications.application: {application} is {row['status']} and holds no seat",
                kind="oversold",
            )
    for element, count in active.items():
        total = totals.get(element)
        if total is not None and count > total:
            spot = f"applications.application: element {element} has {count} people on {total} seats"
            found.wrong(spot, kind="oversold", count=count - total)
