"""Which specialties in force one out of force became, kept in the process for a minute: every search asks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from nmo_kit.db import ReadSession, fetch

KEPT_S = 60.0
_RETIRED = "select key, successors from specialty where successors <> '{}'"


class Successors:
    """Widens a filter by specialty."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._known: Mapping[str, Sequence[str]] = {}
        self._until = 0.0

    async def widened(self, session: ReadSession, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys, and those that the ones out of force became (FRM-07)."""
        if not keys:
            return ()
        if time.monotonic() >= self._until:
            self._known = {row["key"]: row["successors"] for row in await fetch(session, _RETIRED, ())}
            self._until = time.monotonic() + KEPT_S
        return tuple(dict.fromkeys(one for key in keys for one in (key, *self._known.get(key, ()))))
