"""Rules of elements: pure."""

from __future__ import annotations

from typing import Final

PUBLISHED: Final = "published"
ARCHIVED: Final = "archived"


def seats_left(total: int | None, held: int) -> int | None:
    """Free seats; None where there is no limit."""
    return None if total is None else max(0, total - held)
