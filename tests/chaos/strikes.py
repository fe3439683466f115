"""The faults themselves: each begins, lasts, and is undone. Only processes and servers of the own system are struck."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from nmo_kit import clock
from nmo_testkit.faults import FaultProxy
from tests.chaos.failpoint_list import EVERYBODY
from tests.chaos.history import History
from tests.chaos.plan import STAND_INS, Fault
from tests.chaos.servers import Servers, frozen
from tests.chaos.world import World

RUNNING_S = 20.0
LOOK_S = 0.1
SLOW_BYTES_PER_S = 20_000
DELAY_S = 0.4
CUT_AFTER_BYTES = 5_000


class Strikes:
    """Carries out planned faults and counts what really happened."""

    def __init__(self, world: World, history: History) -> None:
        """Take the system and where to write down what is done to it."""
        self._world = world
        self._history = history
        self.done: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.failpoints: Counter[str] = Counter()
        self._servers = Servers(world, self.kills)
        self._ways: dict[str, Callable[[Fault], Awaitable[bool]]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "failpoint": self._failpoint,
            "broker": self._servers.broker,
            "postgres": self._servers.postgres,
            "network": self._network,
            "clock": self._clock,
        }

    async def strike(self, fault: Fault) -> None:
        """Wait for its moment, do it, undo it; what could not be done is not counted."""
        await asyncio.sleep(fault.after_s)
        told = {"name": fault.name, "target": fault.target, "failpoint": fault.detail or None}
        self._history.write("fault", phase="begin", **told)
        struck = await self._ways[fault.name.partition(".")[0]](fault)
        self._history.write("fault", phase="end", struck=struck, **told)
        if struck:
            self.done[fault.name] += 1

    async def _kill(self, fault: Fault) -> bool:
        return await self._kill_process(fault.target)

    async def _kill_process(self, name: str) -> bool:
        """SIGKILL; the supervisor starts it again. One that is just starting is given the second it needs."""
        pid = await self._running_pid(name)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1
        return True

    async def _running_pid(self, name: str) -> int | None:
        deadline = asyncio.get_running_loop().time() + RUNNING_S
        while asyncio.get_running_loop().time() < deadline:
            state = (await self._world.states())[name]
            if state["statename"] == "RUNNING":
                return int(state["pid"])
            await asyncio.sleep(LOOK_S)
        return None

    async def _freeze(self, fault: Fault) -> bool:
        pid = await self._running_pid(fault.target)
        if pid is None:
            return False
        return await frozen([pid], fault.lasts_s)

    async def _failpoint(self, fault: Fault) -> bool:
        """Arm it, wait until it fires or its time is over, disarm it: a restarted process must not die of it again."""
        file = self._world.failpoint_file(fault.target)
        fired = Path(f"{file}.fired")
        before = _size(fired)
        _replace(file, fault.detail)
        deadline = asyncio.get_running_loop().time() + fault.lasts_s
        wanted = fault.detail.count(":")
        lines: list[str] = []
        try:
            while len(lines) < wanted and asyncio.get_running_loop().time() < deadline:
                await asyncio.sleep(LOOK_S)
                lines = _lines_after(fired, before)
        finally:
            _replace(file, "")
        for line in _lines_after(fired, before):
            name, action, _ = line.split()
            self.failpoints[f"{fault.target}: {name}"] += 1
            if action == "kill":
                self.kills[fault.target] += 1
            if action == "drop" and name.startswith("consumer."):
                # Acknowledgements get lost only with their connection.
                self._world.proxies[fault.target, "amqp"].cut()
        return bool(lines)

    async def _network(self, fault: Fault) -> bool:
        process, _, server = fault.target.partition("-")
        proxy = self._world.proxies[process, server]
        _spoil(proxy, fault.name.partition(".")[2])
        await asyncio.sleep(fault.lasts_s)
        proxy.heal()
        return True

    async def _clock(self, fault: Fault) -> bool:
        """Start processes again with a shifted clock: one for a while, or all for good."""
        shift = float(fault.detail)
        if fault.name == "clock.skew":
            self._set_clock(fault.target, self._world.shift_s + shift)
            done = await self._kill_process(fault.target)
            await asyncio.sleep(fault.lasts_s)
            self._set_clock(fault.target, self._world.shift_s)
            return await self._kill_process(fault.target) and done
        self._world.shift_s += shift
        # The harness lives in the same time: what it signs and what days it names must fit.
        clock.set_offset(self._world.shift_s)
        # The mailbox keeps its letters in memory and asks no clock.
        living = (*EVERYBODY, *STAND_INS)
        for name in living:
            self._set_clock(name, self._world.shift_s)
        killed = await asyncio.gather(*(self._kill_process(name) for name in living))
        return all(killed)

    def _set_clock(self, process: str, seconds: float) -> None:
        prefix = "SANDBOX" if process.startswith("sandbox-") else process.upper()
        self._world.tell(process, **{f"NMO_{prefix}_CLOCK_OFFSET_S": f"{seconds:.0f}"})


def _spoil(proxy: FaultProxy, how: str) -> None:
    if how == "delay":
        proxy.delay_s = DELAY_S
    elif how == "slow":
        proxy.bytes_per_s = SLOW_BYTES_PER_S
    elif how == "black_hole":
        proxy.black_hole = True
    elif how == "half_close":
        proxy.half_close = True
    elif how == "refuse":
        proxy.refuse = True
        proxy.cut()
    else:
        proxy.cut_after = CUT_AFTER_BYTES
        proxy.cut()


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _lines_after(file: Path, position: int) -> list[str]:
    if not file.exists():
        return []
    with file.open() as opened:
        opened.seek(position)
        return [line for line in opened.read().splitlines() if line]
