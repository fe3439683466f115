"""Clients of every kind that call without a pause and tell what they saw; each may try once more after a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

PAUSE_S = 0.05
"""Between two calls of one client: enough to be many, not so many that others starve."""
Call = Callable[[str], Awaitable[int]]
Renew = Callable[[], Awaitable[str]]
UNAUTHORIZED = 401


@dataclass(slots=True)
class Client:
    """One client. `renew` gets another token; the call takes the present one."""

    name: str
    call: Call
    renew: Renew
    token: str = ""
    calls: int = 0
    retries: int = 0
    faults: list[str] = field(default_factory=list)

    async def work(self, stop: asyncio.Event) -> None:
        """Call until told to stop."""
        self.token = await self.renew()
        while not stop.is_set():
            status = await self._once()
            if status == UNAUTHORIZED:
                self.retries += 1
                self.token = await self.renew()
                status = await self._once()
            if not 200 <= status < 300:
                self.faults.append(f"{self.name}, call {self.calls}: {status}")
            await asyncio.sleep(PAUSE_S)

    async def _once(self) -> int:
        self.calls += 1
        return await self.call(self.token)


@dataclass(slots=True)
class Crowd:
    """All clients at once."""

    clients: list[Client]
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        """Let them begin, and wait until each has been answered."""
        self._tasks = [asyncio.create_task(client.work(self._stop)) for client in self.clients]
        await self.rounds(2)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let them finish what they are at."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def rounds(self, number: int) -> None:
        """Wait until each client has called so many times more."""
        wanted = {id(client): client.calls + number for client in self.clients}
        async with asyncio.timeout(120):
            while any(client.calls < wanted[id(client)] for client in self.clients):
                done = [task for task in self._tasks if task.done()]
                for task in done:
                    task.result()
                await asyncio.sleep(PAUSE_S)

    @property
    def faults(self) -> list[str]:
        """What no client may see."""
        return [fault for client in self.clients for fault in client.faults]

    @property
    def calls(self) -> int:
        """How often they called."""
        return sum(client.calls for client in self.clients)


def caller(http: aiohttp.ClientSession, method: str, address: str, body: Any = None) -> Call:
    """A call with a bearer token."""

    async def call(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        async with http.request(method, address, json=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    return call
