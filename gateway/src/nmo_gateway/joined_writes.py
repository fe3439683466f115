"""What goes out in one turn of the event loop, in as few writes as can be.

The head and the body of an answer are two messages, yet one piece of network. And a write is a system call that wakes
the reader when it sleeps: requests to one service that follow each other at once find it awake, while between single
ones it falls asleep again, and waking it costs up to a fifth of what a request costs here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache

FULL = 64 * 1024
PASSED_ON = (
    "abort",
    "get_extra_info",
    "get_protocol",
    "get_write_buffer_size",
    "is_closing",
    "is_reading",
    "pause_reading",
    "resume_reading",
    "set_protocol",
    "set_write_buffer_limits",
)


class _Turn:
    """Who of a loop holds something back until its turn ends; one call-back lets all of them go."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[JoinedWrites] = deque()

    def hold(self, joined: "JoinedWrites") -> None:
        """Let `joined` go at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._end)
        self._waiting.append(joined)

    def _end(self) -> None:
        try:
            while self._waiting:
                self._waiting.popleft().flush()
        finally:
            if self._waiting:
                self._loop.call_soon(self._end)


_turn_of = lru_cache(maxsize=1)(_Turn)


class JoinedWrites:
    """A transport whose writes of one turn of the event loop go out together; `PASSED_ON` is the transport's own."""

    __slots__ = ("_held", "_size", "_transport", "_turn", *PASSED_ON)
    is_closing: Callable[[], bool]

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._turn = _turn_of(loop)
        self._held: list[bytes] = []
        self._size = 0
        # Bound once: by `__getattr__` each look at any attribute of ours would cost several times as much.
        for name in PASSED_ON:
            setattr(self, name, getattr(transport, name))

    def write(self, data: bytes) -> None:
        """Keep a piece until the end of the turn, or until there is much of it."""
        if not data:
            return
        if not self._held:
            self._turn.hold(self)
        self._held.append(data)
        self._size += len(data)
        if self._size >= FULL:
            self.flush()

    def flush(self) -> None:
        """Send what was kept."""
        held, self._held, self._size = self._held, [], 0
        # The client may have left since; a closed transport would take it for a fault of ours.
        if held and not self.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def close(self) -> None:
        """Close after everything has been sent."""
        self.flush()
        self._transport.close()
