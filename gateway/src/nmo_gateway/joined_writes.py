"""What goes out in one turn of the event loop, in as few writes as can be.

The head and the body of an answer are two messages, yet one piece of network. And a write is a system call that wakes
the reader when it sleeps: requests to one service that follow each other at once find it awake, while between single
ones it falls asleep again, and waking it costs up to a fifth of what a request costs here.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FULL = 64 * 1024


class JoinedWrites:
    """A transport whose writes of one turn of the event loop go out together; all else is the transport's own."""

    __slots__ = ("_held", "_loop", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Keep a piece until the end of the turn, or until there is much of it."""
        if not data:
            return
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._size += len(data)
        if self._size >= FULL:
            self.flush()

    def flush(self) -> None:
        """Send what was kept."""
        held, self._held, self._size = self._held, [], 0
        # The client may have left since; a closed transport would take it for a fault of ours.
        if held and not self._transport.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close after everything has been sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class HttpProtocol(HttpToolsProtocol):
    """The server's protocol over such a transport."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        joined = JoinedWrites(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", joined))
