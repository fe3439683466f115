"""Pure table of what is suspicious, and when it is enough to freeze a way in (promise 21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Occasion = Literal["right_password", "refresh_reused", "session_reused"]
WINDOW = timedelta(hours=24)
KNOWN_FOR = timedelta(days=90)
"""A network that a session was opened from within this time is no stranger's."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of the table: enough of these within the window, from so many networks."""

    action: str
    """Of the journal."""
    times: int
    networks: int


SIGNS: dict[Occasion, Sign] = {
    # Nobody is frozen by failures alone, or anybody could close anybody's account: somebody must have guessed right.
    "right_password": Sign("login.refused", 10, 3),
    # The second use of a refresh token may be a lost answer; a second family within a day is not.
    "refresh_reused": Sign("oidc.refresh_reused", 2, 1),
    "session_reused": Sign("session.reused", 2, 1),
}


def is_suspicious(occasion: Occasion, *, networks: Iterable[str], from_network: str, known: bool) -> bool:
    """Whether the way in is frozen now.

    Args:
        occasion: what has just happened.
        networks: of each sign of the occasion within the window, that of this moment included if it is one.
        from_network: where it came from; empty when unknown.
        known: the network or the device is the owner's as far as we know.
    """
    sign, seen = SIGNS[occasion], list(networks)
    if occasion == "right_password" and (known or not from_network):
        return False
    return len(seen) >= sign.times and len(set(seen)) >= sign.networks
