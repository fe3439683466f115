"""UUIDv7 (RFC 9562 5.7), which Python 3.11 lacks: ids that grow with time."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id; within one process each is greater than the one before."""
    global _last  # noqa: PLW0603 monotonic within the process
    with _lock:
        # 48 bits of milliseconds and 12 bits of their fraction: method 3 of RFC 9562 6.2.
        ticks = time.time_ns() * 4096 // 1_000_000
        _last = ticks = max(ticks, _last + 1)
    milliseconds, fraction = divmod(ticks, 4096)
    value = (
        (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return UUID(int=value)
