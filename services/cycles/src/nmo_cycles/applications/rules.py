"""States of applications as the plan needs them. Pure."""

from __future__ import annotations

from typing import Final

IN_WORK: Final = frozenset({"submitted", "documents_requested", "confirmed", "enrolled", "completed"})
"""While an application is in one of these, its plan item stays: the organisation counts on the person."""


def status_of(type_name: str) -> str:
    """Status told by an event type: `applications.application.confirmed.v1` tells `confirmed`."""
    verb = type_name.split(".")[2]
    return "draft" if verb == "drafted" else verb
