"""Many journeys side by side; a new one begins where one has ended, until the time is up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from random import Random

from tests.chaos.clients import Client
from tests.chaos.history import History
from tests.chaos.journey import Journey, Stage
from tests.chaos.replays import Replays
from tests.e2e import steps

CROWD_PACE = steps.Pace(wait_s=3600.0, longest_pause_s=10.0)
ARRIVAL_S = 1.0
"""Between two newcomers at the beginning: a crowd does not come in one instant."""


class Crowd:
    """Keeps so many journeys going and counts how they end."""

    def __init__(self, stage: Stage, replays: Replays, *, size: int, seed: int) -> None:
        """`size` is how many go side by side."""
        self._stage = stage
        self._replays = replays
        self._size = size
        self._seed = seed
        self._numbers: Iterator[int] = count(1)
        self._over = asyncio.Event()
        self._places: list[asyncio.Task[None]] = []
        self._walking: dict[str, Journey] = {}
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    async def begin(self) -> None:
        """Let them come."""
        steps.pace.set(CROWD_PACE)
        for place in range(self._size):
            self._places.append(asyncio.create_task(self._place(place * ARRIVAL_S)))

    async def finish(self, within_s: float) -> None:
        """No more newcomers; those on their way shall arrive, and who does not is a fault of the portal."""
        self._over.set()
        _, late = await asyncio.wait(self._places, timeout=within_s)
        for journey in self._walking.values():
            self.faults.append(f"{journey.name} did not end: stands at «{journey.step}»")
        for task in late:
            task.cancel()
        await asyncio.gather(*self._places, return_exceptions=True)

    @property
    def walking(self) -> Counter[str]:
        """Where those on their way stand."""
        return Counter(journey.step for journey in self._walking.values())

    async def _place(self, after_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), after_s)
        while not self._over.is_set():
            number = next(self._numbers)
            dice = Random(f"{self._seed}/{number}")
            journey = Journey(f"j{number}", self._stage, dice)
            if number == 1:
                # What is said of withdrawals is proven of a run only when there was one.
                journey.intent = replace(journey.intent, takes_consent_back=True)
            await self._walk(journey)

    async def _walk(self, journey: Journey) -> None:
        history: History = self._stage.history
        self._walking[journey.name] = journey
        self.counts["started"] += 1
        try:
            await self._part(journey, await journey.walk())
        except Exception as error:  # noqa: BLE001 whatever stopped a journey is what the run looks for
            told = f"{journey.name} at «{journey.step}»: {type(error).__name__}: {str(error)[:600]}"
            self.faults.append(told)
            self.counts["failed"] += 1
            history.write("journey", journey=journey.name, ended=False, error=told)
        else:
            self.counts["ended"] += 1
            self.counts[f"ended by {journey.intent.ending}"] += 1
            history.write("journey", journey=journey.name, ended=True, error=None)
        finally:
            del self._walking[journey.name]

    async def _part(self, journey: Journey, client: Client) -> None:
        journey.step = "leave"
        try:
            if journey.intent.takes_consent_back:
                await self._replays.take_consent_back(client)
            elif journey.intent.leaves:
                await self._replays.leave(client)
        finally:
            await client.__aexit__(None, None, None)
