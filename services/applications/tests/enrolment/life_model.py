"""What an application may become, written from the requirements and not from the code: the model of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

MOVES: dict[str, dict[str, str]] = {
    "submit": {"draft": "submitted", "documents_requested": "submitted"},
    "confirm": {"submitted": "confirmed", "documents_requested": "confirmed"},
    "reject": {"submitted": "rejected", "documents_requested": "rejected", "confirmed": "rejected"},
    "request_documents": {"submitted": "documents_requested"},
    "refuse_seat": {"submitted": "rejected", "documents_requested": "rejected"},
    "enrol": {"confirmed": "enrolled"},
    "complete": {"enrolled": "completed"},
    "fail": {"enrolled": "failed"},
    "withdraw": dict.fromkeys(("draft", "submitted", "documents_requested", "confirmed"), "withdrawn"),
    "delete": {status: status for status in ("draft", "submitted", "rejected", "withdrawn")},
}
"""APP-06: action → status → next status."""

TOLD = {
    "draft": "drafted",
    "submit": "submitted",
    "confirm": "confirmed",
    "reject": "rejected",
    "refuse_seat": "rejected",
    "request_documents": "documents_requested",
    "enrol": "enrolled",
    "complete": "completed",
    "fail": "failed",
    "withdraw": "withdrawn",
    "delete": "deleted",
}
"""Which event tells of the action."""


@dataclass
class Life:
    """One application as it must be now."""

    application_id: UUID
    element_id: UUID
    cycle_id: UUID
    plan_item_id: UUID
    version: int = 1
    status: str = "draft"
    seat: str = "none"
    deleted: bool = False
    form: dict[str, Any] | None = None
    was_submitted: bool = False
    seat_version: int = 0
    seat_events: list[tuple[str, int, UUID]] = field(default_factory=list)
    history: list[tuple[str | None, str, str]] = field(default_factory=lambda: [(None, "draft", "system")])
    told: list[str] = field(default_factory=list)
    """Events to be found in the outbox since the last look."""

    @property
    def path(self) -> str:
        """Address for its owner."""
        return f"/api/v1/applications/{self.application_id}"

    @property
    def organization_path(self) -> str:
        """Address for the organisation."""
        return f"/api/v1/organization/applications/{self.application_id}"

    @property
    def is_in_queue(self) -> bool:
        """Whether the organisation sees it."""
        return self.was_submitted and not self.deleted

    def may(self, action: str) -> bool:
        """Whether the table has the move from here."""
        return not self.deleted and self.status in MOVES[action]

    @property
    def is_editable(self) -> bool:
        """Whether the form may be changed (APP-02)."""
        return not self.deleted and self.status in {"draft", "documents_requested"}

    def move(self, action: str, role: str) -> None:
        """Make a move that the table has."""
        before = self.status
        self.status = MOVES[action][before]
        self.history.append((before, self.status, role))
        self.version += 1
        self.told.append(TOLD[action])
        if action == "delete":
            self.deleted = True
        if action == "submit":
            self.was_submitted = True
            self.seat = self.seat if self.seat == "held" else "pending"

    def take_told(self) -> list[str]:
        """What the outbox must hold now; the next call returns only what came since."""
        found, self.told = self.told, []
        return found

    def note_seat(self, kind: str, version: int, event_id: UUID) -> str:
        """An event of the catalogue: what the inbox must say of it, with its effect made."""
        if any(event_id == seen for _, _, seen in self.seat_events):
            return "duplicate"
        self.seat_events.append((kind, version, event_id))
        if version < self.seat_version:
            return "stale"
        self.seat_version = version
        self.seat = kind
        self.version += 1
        if kind == "refused" and self.may("refuse_seat"):
            self.move("refuse_seat", "system")
        return "handled"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A write done under a key, to be repeated."""

    life: Life
    path: str
    by: str
    body: Any
    key: str
    answer: dict[str, Any]


def keys() -> Iterator[str]:
    """Keys nobody used before."""
    while True:
        yield uuid4().hex
