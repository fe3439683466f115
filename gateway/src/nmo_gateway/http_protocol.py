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
        # The library names its class in the middle of `on_headers_complete`; here is the only place to put ours in.
        cycle.__class__ = _Cycle
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]


class _Cycle(RequestResponseCycle):
    """One request and its answer.

    The library searches each name and value of a head by a pattern, which is a twentieth of what a request costs here.
    All fields of a usual head are looked at together instead; whatever is unusual or wrong, the library gets as it is.
    """

    def send(self, message: Message) -> Awaitable[None]:  # type: ignore[override]
        """Take one message of the answer."""
        # Its own access lines and `connection: close` are the library's to write.
        usual = self.keep_alive and not (self.response_started or self.disconnected or self.access_log)
        head = _head(self.default_headers, message) if usual and not self.flow.write_paused else None
        if head is None:
            return super().send(message)  # type: ignore[arg-type]
        written, self.expected_content_length = head
        self.response_started = True
        self.waiting_for_100_continue = self.chunked_encoding = False
        self.transport.write(written)
        return _DONE


def _head(defaults: RawHeaders, message: Message) -> tuple[bytes, int] | None:
    """Status line and fields as they are sent, and the body's length; None of an unusual head."""
    status = STATUS_LINE.get(message.get("status", 0))
    if status is None or message["type"] != "http.response.start":
        return None
    fields: RawHeaders = [*defaults, *message.get("headers", ())]
    place = _place_of_length(tuple([name for name, _ in fields]))
    if place is None or not fields[place][1].isdigit():
        return None
    lines = [b"%b: %b\r\n" % (name, value) for name, value in fields]
    head = b"".join([status, *lines, b"\r\n"])
    # More control bytes than the line ends put in here: a value has one.
    if len(head) - len(head.translate(None, CONTROLS)) != 2 * len(lines) + 4:
        return None
    return head, int(fields[place][1])


@lru_cache(maxsize=1024)
def _place_of_length(names: tuple[bytes, ...]) -> int | None:
    """Where the body's length stands among usual names; None when a name is odd. Most answers have the same few."""
    odd = b"".join(names).strip(NAME_BYTES) or not FRAMING.isdisjoint(names) or names.count(LENGTH) != 1
    return None if odd else names.index(LENGTH)
