"""One connection to a service: at most one request under way, parsed as it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, cast

import httptools

from nmo_gateway.joined_writes import JoinedWrites
from nmo_gateway.upstream_http.answer import HIGH_WATER, NEVER, Answer
from nmo_gateway.upstream_http.faults import BrokenAnswerError, CallError, UnreachableError
from nmo_gateway.upstream_http.request import Request

if TYPE_CHECKING:
    from nmo_gateway.upstream_http.pool import Pool

MAX_HEAD: Final = 64 * 1024
MAX_INTERIM: Final = 16
FIELD_FRAME: Final = 4
"""Colon, blank and the line's end."""
WRITE_HIGH: Final = 256 * 1024
OK: Final = 200
SWITCHING: Final = 101
FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


class Connection(asyncio.Protocol):
    """Goes back to its pool when an answer has ended cleanly; anything odd closes it."""

    __slots__ = (
        "_fields",
        "_interim",
        "_junk",
        "_keep",
        "_loop",
        "_over",
        "_parser",
        "_paused",
        "_pool",
        "_unparsed",
        "_writable",
        "answer",
        "idle_since",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop, pool: "Pool") -> None:
        self._loop = loop
        self._pool = pool
        self._parser = httptools.HttpResponseParser(self)
        self._writable: asyncio.Event | None = None
        self._paused = False
        self.answer: Answer | None = None
        self.idle_since = 0.0
        self._reset()

    def _reset(self) -> None:
        self._fields: list[tuple[bytes, bytes]] = []
        self._unparsed = self._interim = 0
        self._over = self._keep = self._junk = False

    @property
    def usable(self) -> bool:
        """Whether a request can be sent on it, as far as one knows here."""
        return not self.transport.is_closing()

    def begin(self, answer: Answer, head: bytes, *, sending: bool) -> None:
        """Send a request's head; ``sending``: its body will follow by `send_body`."""
        self.answer = answer
        answer.sending = sending
        self.transport.write(head)

    async def send_body(self, request: Request, answer: Answer) -> None:
        """Send the pieces of a body as fast as the service takes them; what breaks them breaks the answer."""
        if request.body is None or isinstance(request.body, bytes):
            return
        try:
            async with aclosing(request.body) as pieces:
                await self._send_pieces(pieces, request.length, answer)
        except Exception as error:  # noqa: BLE001 whatever it was, the one who waits for the answer gets it
            if self.answer is answer:
                self.fail(error)
            return
        answer.sending = False
        answer.silent_since = self._loop.time()

    async def _send_pieces(self, pieces: AsyncIterator[bytes], length: int | None, answer: Answer) -> None:
        left = length
        async for piece in pieces:
            if left is not None:
                left -= len(piece)
                if left < 0:
                    raise ValueError("body is longer than said")
                self.transport.write(piece)
            elif piece:
                self.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            if left == 0:
                break
            if self._writable is not None:
                # The client's silence is not the service's: only waiting for room counts.
                answer.silent_since = self._loop.time()
                await self._writable.wait()
                answer.silent_since = NEVER
        if left:
            raise ValueError("body is shorter than said")
        if left is None:
            self.transport.write(b"0\r\n\r\n")

    def read_on(self) -> None:
        """The reader has taken what was there."""
        if self._paused:
            self._paused = False
            if self.usable:
                self.transport.resume_reading()

    def drop(self) -> None:
        """Close without waiting for anything; the answer under way is nobody's any more."""
        self.fail(CallError("closed by its reader"))

    def fail(self, error: BaseException) -> None:
        """End the answer under way by an error, and the connection with it."""
        answer, self.answer = self.answer, None
        self._pool.forget(self)
        self.transport.abort()
        if answer is not None:
            answer.fail(error)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        # Casts, for neither uvloop's transports nor ours are subclasses of asyncio's.
        joined = JoinedWrites(cast("asyncio.Transport", transport), self._loop)
        self.transport = cast("asyncio.Transport", joined)
        self.transport.set_write_buffer_limits(high=WRITE_HIGH)

    def pause_writing(self) -> None:
        """The service does not take more at the moment."""
        self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """It takes more again."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        answer = self.answer
        if answer is None:
            # Nobody asked. Kept, it would be taken for the answer to the next request.
            self.fail(BrokenAnswerError("unasked"))
            return
        answer.touched = True
        if not answer.sending:
            answer.silent_since = self._loop.time()
        if not answer.status:
            self._unparsed += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._over:
                self.fail(BrokenAnswerError(type(error).__name__))
                return
            self._junk = True
        if self._over:
            self._end(answer)
        elif answer.status:
            answer.wake()
        elif self._unparsed > MAX_HEAD:
            self.fail(BrokenAnswerError("head is too big"))

    def _end(self, answer: Answer) -> None:
        self.answer = None
        self.read_on()
        # An answer that came before the request was through: the rest of it would be read as the next request.
        if self._keep and not self._junk and not answer.sending and self.usable:
            if answer.only_head:
                self._parser = httptools.HttpResponseParser(self)
            self._reset()
            self._pool.put(self)
        else:
            self._pool.forget(self)
            self.transport.abort()
        answer.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The service closed, or the network did."""
        self._pool.forget(self)
        self.resume_writing()
        answer, self.answer = self.answer, None
        if answer is None:
            return
        if not answer.status:
            answer.fail(UnreachableError("lost before the answer"))
        elif exc is None and not FRAMING.intersection(name for name, _ in answer.headers):
            answer.end()
        else:
            answer.fail(BrokenAnswerError("broke off"))

    # httptools

    def on_message_begin(self) -> None:
        """A message begins; one after the last is not asked for."""
        if self._over:
            self._junk = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; trailers and what is not asked for are dropped."""
        if self._over or (self.answer is not None and self.answer.status):
            return
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole. Interim ones (1xx) are nothing to tell."""
        answer, status = self.answer, self._parser.get_status_code()
        if self._over or answer is None:
            return
        if status < OK:
            self._interim += 1
            if status == SWITCHING or self._interim > MAX_INTERIM:
                raise BrokenAnswerError("unasked interim answer")
            return
        # Summed up only when so much has come, be it head or body.
        if self._unparsed > MAX_HEAD and self._head_size() > MAX_HEAD:
            raise BrokenAnswerError("head is too big")
        answer.status, answer.headers = status, self._fields
        self._keep = self._parser.should_keep_alive()
        if answer.only_head:
            self._over = True

    def _head_size(self) -> int:
        return sum(len(name) + len(value) + FIELD_FRAME for name, value in self._fields)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        answer = self.answer
        if self._over or answer is None:
            self._junk = True
            return
        answer.feed(body)
        if answer.size > HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        """The end of the body, or of an interim head."""
        if self._over or self.answer is None:
            return
        if not self.answer.status:
            self._fields = []
            return
        self._over = True
        self._keep = self._keep and self._parser.should_keep_alive()
