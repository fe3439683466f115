"""I4: each application's history is a path of the state graph, and its events tell the same path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.chaos.checker.snapshot import Event, Row, Snapshot
from tests.chaos.checker.verdict import Inspection

HISTORIES, STEPS = "applications", "steps of histories"

# The rules of the portal, written down a second time and by hand, so that a slip in the service's table is seen:
# a draft is submitted; the organisation looks at it, may ask for documents and get it again; confirms when a seat is
# held, enrols, enters the result; until enrolment the person may withdraw and the organisation reject; the catalogue
# may refuse a seat while it is looked at.
LOOKED_AT = ("submitted", "documents_requested")
BEFORE_ENROLMENT = ("draft", *LOOKED_AT, "confirmed")
GRAPH: dict[str, dict[str, str]] = {
    "submit": {"draft": "submitted", "documents_requested": "submitted"},
    "request_documents": {"submitted": "documents_requested"},
    "confirm": dict.fromkeys(LOOKED_AT, "confirmed"),
    "reject": dict.fromkeys((*LOOKED_AT, "confirmed"), "rejected"),
    "refuse_seat": dict.fromkeys(LOOKED_AT, "rejected"),
    "enrol": {"confirmed": "enrolled"},
    "complete": {"enrolled": "completed"},
    "fail": {"enrolled": "failed"},
    "withdraw": dict.fromkeys(BEFORE_ENROLMENT, "withdrawn"),
    "delete": {status: status for status in ("draft", "withdrawn", "rejected", "submitted")},
}
"""Action to what it makes of which status."""
ROLES = {
    "draft": {"system"},
    "submit": {"specialist"},
    "request_documents": {"organization"},
    "confirm": {"organization"},
    "reject": {"organization"},
    "refuse_seat": {"system"},
    "enrol": {"organization"},
    "complete": {"organization"},
    "fail": {"organization"},
    "withdraw": {"specialist", "system"},
    "delete": {"specialist", "system"},
}
"""Who may do it."""
TOLD = {
    "draft": "drafted",
    "submit": "submitted",
    "request_documents": "documents_requested",
    "confirm": "confirmed",
    "reject": "rejected",
    "refuse_seat": "rejected",
    "enrol": "enrolled",
    "complete": "completed",
    "fail": "failed",
    "withdraw": "withdrawn",
    "delete": "deleted",
}
"""The event of each action."""


def inspect(snapshot: Snapshot) -> Inspection:
    """Walk every history from its draft to the application's present status."""
    found = Inspection(HISTORIES, STEPS)
    moves: dict[str, list[Row]] = defaultdict(list)
    for move in snapshot.rows("applications", "application_move"):
        moves[str(move["application_id"])].append(move)
    told: dict[str, list[Event]] = defaultdict(list)
    for event in snapshot.events:
        if event.type.startswith("applications.application."):
            told[event.data["application_id"]].append(event)
    for row in snapshot.rows("applications", "application"):
        found.saw(HISTORIES)
        application = str(row["id"])
        _walk(row, moves[application], found)
        _same_told(application, moves[application], told[application], found)
    return found


def _walk(row: Row, moves: Sequence[Row], found: Inspection) -> None:
    place = f"applications.application_move: application {row['id']}"
    status, deleted = None, False
    for number, move in enumerate(moves, 1):
        found.saw(STEPS)
        step = f"{place} step {number} {move['action']} from {move['from_status']} to {move['to_status']}"
        if deleted:
            found.wrong(f"{step} after it was deleted")
        if move["from_status"] != status:
            found.wrong(f"{step}, but it stood at {status}")
        elif number == 1:
            if (move["action"], move["to_status"]) != ("draft", "draft"):
                found.wrong(f"{step} is no beginning")
        elif GRAPH.get(move["action"], {}).get(str(status)) != move["to_status"]:
            found.wrong(f"{step} is no edge of the graph")
        if move["actor_role"] not in ROLES.get(move["action"], ()):
            found.wrong(f"{step} was done by {move['actor_role']}")
        status, deleted = move["to_status"], deleted or move["action"] == "delete"
    if status != row["status"] or deleted != (row["deleted_at"] is not None):
        found.wrong(f"{place} ends at {status}, the application is {row['status']}")


def _same_told(application: str, moves: Sequence[Row], events: Sequence[Event], found: Inspection) -> None:
    """Events in the order of the application's versions name the same steps."""
    ordered = sorted(events, key=lambda event: event.version)
    told = [event.type.split(".")[2] for event in ordered]
    walked = [TOLD.get(move["action"], str(move["action"])) for move in moves]
    if told != walked:
        spot = f"applications.outbox: application {application} was told as {', '.join(told)}"
        found.wrong(f"{spot}; its history is {', '.join(walked)}")
    versions = [event.version for event in ordered]
    if len(set(versions)) != len(versions):
        found.wrong(f"applications.outbox: application {application} has two events of one version")
