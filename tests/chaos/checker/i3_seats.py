"""I3: at no recorded moment were more seats held than there are, and nobody studies without one."""

from __future__ import annotations

from collections import defaultdict

from tests.chaos.checker.snapshot import Event, Snapshot
from tests.chaos.checker.verdict import Inspection

MOMENTS, HOLDS, ENROLMENTS = "seat events", "seat holds", "enrolments"
SEATED = frozenset({"confirmed", "enrolled", "completed"})
Held = dict[str, set[str]]
"""Element to the applications that hold a seat of it."""


def inspect(snapshot: Snapshot) -> Inspection:
    """Fold the seat events in the order of their commits, then compare with the tables as they are now."""
    found = Inspection(MOMENTS, HOLDS, ENROLMENTS)
    totals = {
        str(row["id"]): row["seats_total"]
        for row in snapshot.rows("catalog", "element")
        if row["seats_total"] is not None
    }
    taken = taken_before(snapshot, totals)
    room = {element: total - taken.get(element, 0) for element, total in totals.items()}
    for row in snapshot.rows("catalog", "element"):
        if row["seats_total"] is not None and row["seats_held"] > row["seats_total"]:
            spot = f"catalog.element: {row['id']} has {row['seats_held']} of {row['seats_total']} seats held"
            found.wrong(spot, kind="oversold", count=row["seats_held"] - row["seats_total"])
    folded = _fold(snapshot, room, found)
    _now(snapshot, room, folded, found)
    _enrolled(snapshot, room, found)
    return found


def taken_before(snapshot: Snapshot, totals: dict[str, int]) -> dict[str, int]:
    """Seats given away before the portal's first event about an element, as that event tells; others have none."""
    found: dict[str, int] = {}
    for event in snapshot.events:
        if event.type == "catalog.seat.held.v1":
            element = event.data["element_id"]
            if element in totals:
                found.setdefault(element, totals[element] - event.data["seats_left"] - 1)
    return found


def _fold(snapshot: Snapshot, room: dict[str, int], found: Inspection) -> Held:
    """Who holds a seat of which element after the last event."""
    held: Held = defaultdict(set)
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
        before = application in held[element]
        if event.type == "catalog.seat.held.v1":
            held[element].add(application)
        else:
            held[element].discard(application)
        # A seat held from before is told again without a lock: its number of free seats is only about right.
        if element in room and before != (application in held[element]):
            _moment(event, room[element], len(held[element]), found)
    return held


def _moment(event: Event, room: int, held: int, found: Inspection) -> None:
    element = event.data["element_id"]
    if held > room:
        spot = f"catalog.element: {element} had {held} of {room} seats held at event {event.id}"
        found.wrong(spot, kind="oversold")
    left = event.data.get("seats_left")
    if left is not None and left != room - held:
        spot = f"catalog.outbox: event {event.id} tells {left} seats left of element {element}"
        found.wrong(f"{spot}, {room - held} were")


def _now(snapshot: Snapshot, room: dict[str, int], folded: Held, found: Inspection) -> None:
    held: Held = defaultdict(set)
    for row in snapshot.rows("catalog", "seat_hold"):
        found.saw(HOLDS)
        if row["state"] == "held":
            held[str(row["element_id"])].add(str(row["application_id"]))
    for element in sorted(held.keys() | folded.keys()):
        seats, people = room.get(element), len(held[element])
        if seats is not None and people > seats:
            spot = f"catalog.seat_hold: element {element} has {people} of {seats} seats held"
            found.wrong(spot, kind="oversold", count=people - seats)
        for application in sorted(held[element] ^ folded[element]):
            found.wrong(f"catalog.seat_hold: application {application} does not stand as its events tell")


def _enrolled(snapshot: Snapshot, room: dict[str, int], found: Inspection) -> None:
    holds = {
        str(row["application_id"]): str(row["element_id"])
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
        if holds.get(application) != element:
            spot = f"applications.application: {application} is {row['status']} and holds no seat"
            found.wrong(spot, kind="oversold")
    for element, people in active.items():
        if element in room and people > room[element]:
            spot = f"applications.application: element {element} has {people} people on {room[element]} seats"
            found.wrong(spot, kind="oversold", count=people - room[element])
