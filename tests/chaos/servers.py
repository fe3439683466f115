"""Strikes at PostgreSQL and RabbitMQ themselves: only at the servers that the run started."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg

from nmo_local.infra.rabbitmq import RabbitMQ
from tests.chaos.plan import Fault
from tests.chaos.recovery import NotRecoveredError
from tests.chaos.world import World

_END_THIRD = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'nmo\\_%' and pid % 3 = 0"
)
_BUSIEST = "select pid from pg_stat_activity where datname like 'nmo\\_%' order by state_change desc limit 1"


class Servers:
    """The two servers of the system under test."""

    def __init__(self, world: World, kills: Counter[str]) -> None:
        """`kills` counts every SIGKILL that was sent."""
        self._world = world
        self._kills = kills

    async def broker(self, fault: Fault) -> bool:
        """Stop, kill or freeze the broker, and bring it back."""
        node = self._world.rabbitmq
        how, pid = fault.name.partition(".")[2], node.pid
        if pid is None:
            return False
        if how == "freeze":
            return await frozen([pid], fault.lasts_s)
        if how == "kill":
            if not node.kill():
                return False
            self._kills["rabbitmq"] += 1
        else:
            await asyncio.to_thread(_stop_node, node)
        await asyncio.sleep(fault.lasts_s)
        await _started(node.start)
        return True

    async def postgres(self, fault: Fault) -> bool:
        """Stop the database at once or in order, kill or end its backends, freeze it, and bring it back."""
        server, how = self._world.postgres, fault.name.partition(".")[2]
        pid = server.pid
        if pid is None:
            return False
        if how == "freeze":
            return await frozen([pid, *_children(pid)], fault.lasts_s)
        if how in {"kill_backend", "terminate_backends"}:
            return await self._backends(how)
        await asyncio.to_thread(server.stop, "immediate" if how == "immediate" else "fast")
        await asyncio.sleep(fault.lasts_s)
        await _started(server.start)
        return True

    async def _backends(self, how: str) -> bool:
        """Kill one service's backend, from which the whole server recovers, or have a third of them ended."""
        try:
            connection = await asyncpg.connect(self._world.postgres.url, timeout=10)
            try:
                found = await connection.fetch(_END_THIRD if how == "terminate_backends" else _BUSIEST)
            finally:
                connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            # Another strike has taken the server away at this moment.
            return False
        if how == "terminate_backends" or not found:
            return bool(found)
        pid = found[0]["pid"]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self._kills["postgres backend"] += 1
        return True


async def frozen(pids: list[int], seconds: float) -> bool:
    """SIGSTOP, wait, SIGCONT."""
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    return True


def _stop_node(node: RabbitMQ) -> None:
    """Ask the broker to stop; one that does not listen is killed."""
    try:
        node.stop()
    except subprocess.TimeoutExpired:
        node.kill()


async def _started(start: Callable[[], None]) -> None:
    """Start a server again; a machine under load may need a second try.

    Raises:
        NotRecoveredError: it does not start.
    """
    reason = ""
    for _ in range(2):
        try:
            await asyncio.to_thread(start)
        except SystemExit as error:
            reason = str(error)
        else:
            return
    raise NotRecoveredError(reason[:500])


def _children(pid: int) -> list[int]:
    """Processes whose parent this is."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(folder.name))
    return found
