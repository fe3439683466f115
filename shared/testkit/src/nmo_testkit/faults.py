"""A TCP proxy between a program and its database, broker or peer that delays, cuts or swallows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 64 * 1024


class FaultProxy:
    """Forwards connections; the attributes may be changed while it runs.

    Attributes:
        delay_s: wait before each chunk, both ways.
        black_hole: swallow everything, keep the connections open.
        refuse: close new connections at once.
        cut_after: close a connection after so many bytes, both ways together.
        half_close: pass on what clients send and swallow what comes back.
        bytes_per_s: no more than this each way.
    """

    def __init__(self, host: str, port: int) -> None:
        """Forward to this address."""
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.delay_s = 0.0
        self.black_hole = False
        self.refuse = False
        self.cut_after: int | None = None
        self.half_close = False
        self.bytes_per_s: int | None = None
        self.accepted = 0

    @property
    def port(self) -> int:
        """Own port on the loopback interface."""
        if self._server is None:
            raise RuntimeError("the proxy is not started")
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heal(self) -> None:
        """Forward as it should be; connections that lost bytes are reset, since nothing else can mend them."""
        if self.black_hole or self.half_close or self.cut_after is not None:
            self.cut()
        self.delay_s, self.bytes_per_s, self.cut_after = 0.0, None, None
        self.black_hole = self.refuse = self.half_close = False

    def cut(self) -> None:
        """Reset every open connection."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._forward(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        budget = [self.cut_after]
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, budget), self._pump(far_reader, writer, budget, back=True)
            )
        finally:
            for each in (writer, far_writer):
                self._writers.discard(each)
                each.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        budget: list[int | None],
        *,
        back: bool = False,
    ) -> None:
        # A write to a connection that was reset meanwhile is a RuntimeError in uvloop's words.
        with suppress(ConnectionError, OSError, RuntimeError):
            while chunk := await reader.read(CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self.bytes_per_s:
                    await asyncio.sleep(len(chunk) / self.bytes_per_s)
                if self.black_hole or (back and self.half_close):
                    continue
                if budget[0] is not None:
                    budget[0] -= len(chunk)
                    if budget[0] < 0:
                        break
                writer.write(chunk)
                await writer.drain()
        # However this side ended, a reset by a killed program too, the other must hear of it.
        with suppress(RuntimeError):
            writer.close()


@asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    """A started proxy to the address, stopped at the end."""
    proxy = FaultProxy(host, port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
