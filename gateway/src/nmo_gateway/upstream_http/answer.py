"""The answer to one request, as its reader sees it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from nmo_gateway.upstream_http.faults import TooLongError

if TYPE_CHECKING:
    from nmo_gateway.upstream_http.connection import Connection

HIGH_WATER: Final = 128 * 1024
"""More than this waits for no reader: the service is not read on until the reader has taken it."""
MAX_BODY: Final = 8 * 1024 * 1024
NEVER: Final = float("inf")


class Answer:
    """Head first, then the body piece by piece; one reader. Close it, whether it was read or not.

    Attributes:
        status: 0 until the head is there.
        headers: fields as they came, names in lower case.
        complete: the last byte has come from the service (it may not be taken yet).
    """

    __slots__ = (
        "_connection",
        "_error",
        "_loop",
        "_pieces",
        "_waiter",
        "complete",
        "headers",
        "idle_s",
        "only_head",
        "sending",
        "silent_since",
        "size",
        "status",
        "total_at",
        "touched",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: "Connection",
        *,
        only_head: bool,
        total_at: float,
        idle_s: float,
    ) -> None:
        """``total_at`` is a time of the loop's clock; ``only_head``: no body follows whatever the head says (HEAD)."""
        self._loop = loop
        self._connection: Connection | None = connection
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.size = 0
        self.only_head = only_head
        self.total_at = total_at
        self.idle_s = idle_s
        self.silent_since = NEVER
        self.sending = False
        self.touched = False

    async def head(self) -> None:
        """Wait for status and fields. Raises CallError, or what broke the request's body."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._news()

    async def take(self) -> bytes:
        """What has come of the body since the last call, waiting for at least something; empty at the end.

        Raises:
            CallError: it broke off or fell silent; what came before was given.
        """
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.complete:
                return b""
            await self._news()
        taken = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        if self._connection is not None:
            self._connection.read_on()
        return taken

    @property
    def finished(self) -> bool:
        """Whether everything has come and been taken."""
        return self.complete and not self._pieces

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises CallError."""
        while piece := await self.take():
            yield piece

    async def read(self, limit: int = MAX_BODY) -> bytes:
        """The whole body. Raises CallError, also when it is longer than ``limit``."""
        found = bytearray()
        while piece := await self.take():
            found += piece
            if len(found) > limit:
                raise TooLongError(f"longer than {limit} bytes")
        return bytes(found)

    def header(self, name: bytes) -> str:
        """Value of the first field of that lower-case name; empty when there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")

    def close(self) -> None:
        """Let the connection go: it is closed when the answer was not read to its end."""
        if self._connection is not None:
            self._connection.drop()

    # What the connection calls.

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._pieces.append(piece)
        self.size += len(piece)

    def end(self) -> None:
        """Everything has come."""
        self.complete = True
        self._connection = None
        self.wake()

    def fail(self, error: BaseException) -> None:
        """Nothing more will come."""
        if self._error is None and not self.complete:
            self._error = error
        self._connection = None
        self.wake()

    def wake(self) -> None:
        """Tell the reader that something is new."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def overdue(self, now: float) -> bool:
        """Whether it takes too long. Silence counts only while somebody waits for the service."""
        waited_for = self._waiter is not None and not self._waiter.done()
        return now > self.total_at or (waited_for and now - self.silent_since > self.idle_s)

    def _news(self) -> asyncio.Future[None]:
        if not self.sending:
            self.silent_since = self._loop.time()
        self._waiter = self._loop.create_future()
        return self._waiter
