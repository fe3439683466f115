"""Pure parts of limits: how a key hides what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `interval`."""

    interval: timedelta
    burst: int

    @property
    def window(self) -> timedelta:
        """How far ahead of the clock a key may be."""
        return self.interval * self.burst


def keyed(digest: bytes) -> str:
    """Part of a limit's key made of a keyed digest, so that no address or number stands in the table."""
    return digest.hex()[:32]
