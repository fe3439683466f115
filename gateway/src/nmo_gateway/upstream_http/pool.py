"""Connections to one service: kept alive, opened when none is free, watched for time."""

import asyncio
from collections import deque
from typing import Final
from urllib.parse import urlsplit

from nmo_gateway.upstream_http.answer import NEVER, Answer
from nmo_gateway.upstream_http.connection import Connection
from nmo_gateway.upstream_http.faults import SlowAnswerError, UnreachableError
from nmo_gateway.upstream_http.request import Request

CONNECT_S: Final = 2.0
KEEP_ALIVE_S: Final = 20.0
"""Less than the services keep theirs (30 s), so that they seldom close one under a request."""
MAX_IDLE: Final = 64
SWEEP_S: Final = 0.1


class Pool:
    """Sends requests to one address. How many at once is the caller's matter.

    Times are looked after for all connections together, ten times a second: a timer for each request would cost more
    than the rest of the request here.
    """

    def __init__(self, base_url: str) -> None:
        """Make it inside the running loop; ``base_url`` may carry a path that every target is put behind."""
        self._loop = asyncio.get_running_loop()
        parts = urlsplit(base_url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = True if parts.scheme == "https" else None
        self._prefix = parts.path.rstrip("/").encode()
        self._host_field = parts.netloc.rpartition("@")[2].encode()
        self._idle: deque[Connection] = deque()
        self._busy: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def request(self, request: Request, *, total_s: float | None, idle_s: float | None) -> Answer:
        """Send a request and wait for the head of its answer.

        A connection that the service closed in the very moment is replaced by a new one, once, when the request may
        be repeated.

        Raises:
            CallError: UnreachableError, SlowAnswerError, BrokenAnswerError.
            ValueError: the request would not keep its form.
            Exception: what the body's iterator raised.
        """
        loop = self._loop
        head = request.head(self._host_field, self._prefix)
        total_at = NEVER if total_s is None else loop.time() + total_s
        kept = self._take()
        connection = kept or await self._connect(loop, total_at)
        while True:
            answer = Answer(
                loop,
                connection,
                only_head=request.method == "HEAD",
                total_at=total_at,
                idle_s=NEVER if idle_s is None else idle_s,
            )
            self._busy.add(connection)
            if self._timer is None:
                self._timer = loop.call_later(SWEEP_S, self._sweep, loop)
            try:
                connection.begin(answer, head, sending=request.streamed)
                if request.streamed:
                    await _head_while_sending(connection, request, answer)
                else:
                    await answer.head()
            except BaseException as error:
                answer.close()
                lost = isinstance(error, UnreachableError) and not answer.touched
                if kept is None or not lost or not request.repeatable:
                    raise
            else:
                return answer
            kept, connection = None, await self._connect(loop, total_at)

    def _take(self) -> Connection | None:
        while self._idle:
            # The one used last: the others may run out and be closed.
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _connect(self, loop: asyncio.AbstractEventLoop, total_at: float) -> Connection:
        try:
            async with asyncio.timeout(min(CONNECT_S, max(0.0, total_at - loop.time()))):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self), self._host, self._port, ssl=self._tls
                )
        except TimeoutError as error:
            raise SlowAnswerError("no connection in time") from error
        except OSError as error:
            raise UnreachableError(str(error)) from error
        return connection

    def put(self, connection: Connection) -> None:
        """Keep a connection whose answer has ended cleanly."""
        self._busy.discard(connection)
        if len(self._idle) >= MAX_IDLE:
            connection.transport.close()
            return
        connection.idle_since = self._loop.time()
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """Count a connection no more: it is closed."""
        self._busy.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def close(self) -> None:
        """Close everything; answers under way break off."""
        for connection in [*self._busy, *self._idle]:
            connection.fail(UnreachableError("closed"))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def open_connections(self) -> int:
        """How many connections there are, used and idle."""
        return len(self._busy) + len(self._idle)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [one for one in self._busy if one.answer is not None and one.answer.overdue(now)]:
            connection.fail(SlowAnswerError("too slow"))
        while self._idle and now - self._idle[0].idle_since > KEEP_ALIVE_S:
            self._idle.popleft().transport.close()
        again = bool(self._busy or self._idle)
        self._timer = loop.call_later(SWEEP_S, self._sweep, loop) if again else None


async def _head_while_sending(connection: Connection, request: Request, answer: Answer) -> None:
    sending = asyncio.create_task(connection.send_body(request, answer))
    try:
        await answer.head()
    except BaseException:
        # Before the sender is stopped: what it says of its end is nobody's any more.
        answer.close()
        raise
    finally:
        if not sending.done():
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
