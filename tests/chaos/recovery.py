"""How long the system needs to be whole again after the last fault is undone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from tests.chaos.clients import Client
from tests.chaos.world import World

OK = 200
LOOK_S = 0.2
QUIET_S = 300.0


class NotRecoveredError(RuntimeError):
    """The system did not come back by itself."""


class Recovery:
    """Asks every process whether it is ready, then the gateway for a page and an API answer."""

    def __init__(self, world: World, probe: Client) -> None:
        """`probe` is a signed-in client of the harness's own."""
        self._world = world
        self._probe = probe
        self.seconds: list[float] = []

    async def measure(self) -> float:
        """Wait until everything is ready and answers.

        Raises:
            NotRecoveredError: it took longer than any client waits.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            missing = set(self._world.programs)
            while missing:
                if loop.time() - started > QUIET_S:
                    raise NotRecoveredError(f"not ready after {QUIET_S:.0f} s: {', '.join(sorted(missing))}")
                answers = await asyncio.gather(*(self._ready(client, name) for name in sorted(missing)))
                missing -= {name for name, ready in zip(sorted(missing), answers, strict=True) if ready}
                if missing:
                    await asyncio.sleep(LOOK_S)
        await _until(self._probed, QUIET_S)
        self.seconds.append(round(loop.time() - started, 2))
        return self.seconds[-1]

    async def _ready(self, client: aiohttp.ClientSession, name: str) -> bool:
        try:
            async with client.get(self._world.programs[name].ready_url) as answer:
                return answer.status == OK
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _probed(self) -> bool:
        """A public search and a read in a session, which needs the gateway, identity and two services."""
        try:
            listed, _ = await self._probe.ask("GET", "/api/v1/catalog/elements?limit=1")
            own, _ = await self._probe.ask("GET", "/api/v1/organization/applications?limit=1")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False
        if own == 401:
            await self._probe.sign_in_patiently()
            return False
        return listed == OK and own == OK


async def _until(work: Callable[[], Awaitable[bool]], within_s: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not await work():
        if loop.time() > deadline:
            raise NotRecoveredError(f"no good answer through the gateway after {within_s:.0f} s")
        await asyncio.sleep(LOOK_S)
