"""UUIDv7 (RFC 9562 5.7), which Python 3.11 lacks: ids that grow with time."""

from __future__ import annotations

import secrets
import struct
import threading
import time
from collections.abc import Iterator
from uuid import UUID

from asyncpg.pgproto import pgproto

AT_ONCE = 64
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id; within one process each is greater than the one before."""
    milliseconds, fraction = divmod(_take_ticks(1), 4096)
    value = (
        (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return UUID(int=value)


def uuid7s() -> Iterator[UUID]:
    """New ids without end, in growing order, at a tenth of the cost of as many calls; for what is made in one go."""
    while True:
        first, bits = _take_ticks(AT_ONCE), struct.unpack(f">{AT_ONCE}Q", secrets.token_bytes(8 * AT_ONCE))
        for ticks, own in enumerate(bits, start=first):
            high = (ticks >> 12 & 0xFFFFFFFFFFFF) << 16 | 0x7000 | ticks & 0xFFF
            # The driver of the database makes its own ids at a tenth of the cost of `UUID(bytes=…)`.
            yield pgproto.UUID(struct.pack(">QQ", high, 1 << 63 | own >> 2))


def _take_ticks(count: int) -> int:
    """The first of so many moments that no other id of this process has."""
    global _last  # noqa: PLW0603 monotonic within the process
    with _lock:
        # 48 bits of milliseconds and 12 bits of their fraction: method 3 of RFC 9562 6.2.
        first = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        _last = first + count - 1
    return first
