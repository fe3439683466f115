"""Rules of elements: pure."""

from __future__ import annotations

from datetime import date
from typing import Final

KINDS: Final = ("programme", "event", "module")
FORMS: Final = ("full_time", "part_time", "correspondence")
BASES: Final = ("budget", "contract", "contract_foms")
PUBLISHED: Final = "published"
ARCHIVED: Final = "archived"
ALWAYS_OPEN_ON: Final = date(9999, 12, 31)
"""Stands in lists for elements without dates, so that they come last by date."""


def seats_left(total: int | None, held: int) -> int | None:
    """Free seats; None where there is no limit."""
    return None if total is None else max(0, total - held)
