"""The server's protocol: the library's, over joined writes, with heads of answers looked at in one go."""

import asyncio
from collections.abc import Awaitable, Generator
from functools import lru_cache
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from nmo_gateway.asgi import App, Message, RawHeaders
from nmo_gateway.joined_writes import JoinedWrites

NAME_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-"
CONTROLS: Final = bytes([*range(9), *range(10, 32), 127])
LENGTH: Final = b"content-length"
FRAMING: Final = frozenset({b"connection", b"transfer-encoding"})


class _Done:
    """Nothing left to wait for; one serves all."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE: Final = _Done()


class HttpProtocol(HttpToolsProtocol):
    """Writes of one turn go out together, answers' heads are written as `_Cycle` does."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        joined = JoinedWrites(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", joined))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: App) -> None:  # type: ignore[override]
        # The library names the class where it also makes scope and task; it has no other place to put one's own in.
        cycle.__class__ = _Cycle
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]


class _Cycle(RequestResponseCycle):
    """One request and its answer.

    The library searches each name and value of a head by a pattern of its own, which is a twentieth of what a request
    costs here. Of a usual head all are looked at together; whatever is unusual or wrong the library gets as it is.
    """

    def send(self, message: Message) -> Awaitable[None]:  # type: ignore[override]
        """Take one message of the answer."""
        if self.response_started or self.disconnected or self.access_log or not self.keep_alive:
            return super().send(message)  # type: ignore[arg-type]
        head = None if self.flow.write_paused else self._head(message)
        if head is None:
            return super().send(message)  # type: ignore[arg-type]
        self.response_started = True
        self.waiting_for_100_continue = self.chunked_encoding = False
        self.transport.write(head)
        return _DONE

    def _head(self, message: Message) -> bytes | None:
        """Status line and fields of an answer whose length is known and whose connection stays."""
        fields: RawHeaders = [*self.default_headers, *message.get("headers", ())]
        place = _place_of_length(tuple([name for name, _ in fields]))
        if place is None:
            return None
        lines = [b"%b: %b\r\n" % field for field in fields]
        head = b"".join([STATUS_LINE[message["status"]], *lines, b"\r\n"])
        # Its own line ends are all that may be left out.
        if len(head) - len(head.translate(None, CONTROLS)) != 2 * len(lines) + 4:
            return None
        self.expected_content_length = int(fields[place][1])
        return head


@lru_cache(maxsize=1024)
def _place_of_length(names: tuple[bytes, ...]) -> int | None:
    """Where the body's length stands among usual names; None when something is odd. Most answers have the same few."""
    odd = b"".join(names).strip(NAME_BYTES) or not FRAMING.isdisjoint(names) or names.count(LENGTH) != 1
    return None if odd else names.index(LENGTH)
