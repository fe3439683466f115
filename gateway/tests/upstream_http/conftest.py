"""A service that speaks raw bytes, as badly as a test wants, on the loop that the gateway runs on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import uvloop

from nmo_gateway.upstream_http import Answer, Pool, Request

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Peer:
    """One connection at the service's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> bytes:
        """The next request's head; raises IncompleteReadError when the gateway closed."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def closed(self) -> bool:
        """Wait until the other side closes; what it still sends is thrown away."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass
        return True


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class RawService:
    """Runs the script for each connection; the last script serves all further ones."""

    pool: Pool
    scripts: list[Script] = field(default_factory=list)
    accepted: int = 0

    def plays(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    def answers(self, answer: bytes = OK) -> None:
        """Answers every request with the same bytes; requests with bodies are not meant for it."""

        async def script(peer: Peer) -> None:
            while True:
                await peer.head()
                await peer.say(answer)

        self.plays(script)

    async def ask(
        self,
        method: str = "GET",
        *,
        body=None,
        length: int | None = None,
        total_s: float | None = 5.0,
        idle_s: float | None = 5.0,
    ) -> Answer:
        request = Request(method, b"/x?y=1", [(b"accept", b"*/*")], body, length)
        return await self.pool.request(request, total_s=total_s, idle_s=idle_s)

    async def text(self, method: str = "GET", **kwargs) -> tuple[int, bytes]:
        answer = await self.ask(method, **kwargs)
        try:
            return answer.status, await answer.read()
        finally:
            answer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
        self.accepted += 1
        try:
            await script(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _play(scenario: Callable[[RawService], Awaitable[None]]) -> None:
    made = RawService(Pool("http://127.0.0.1:1"))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.pool = Pool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        async with asyncio.timeout(20):
            await scenario(made)
    finally:
        made.pool.close()
        server.close()
        await server.wait_closed()


Play = Callable[[Callable[[RawService], Awaitable[None]]], None]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def play(request) -> Play:
    """Runs a scenario with a raw service on a loop of its own: the tests' kind, and the one the gateway runs on."""

    def run(scenario: Callable[[RawService], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(_play(scenario))

    return run
