"""What a journal row says to its person: Russian titles by action."""

from __future__ import annotations

TITLES = {
    "catalog.seat.held": "За вами закреплено место на программе",
    "catalog.seat.refused": "Места на программе не осталось",
    "catalog.seat.released": "Место на программе освобождено",
}
KINDS = {"catalog.": "application"}
