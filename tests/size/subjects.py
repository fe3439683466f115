"""What is loaded and asked, at which size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from nmo_testkit.postgres import Databases
from tests.size import catalogue, journeys, register
from tests.size.plans import Ask, Verdict, judge

Load = Callable[[str, int], Awaitable[int]]
BIG_SHARE = 4
"""A table with a quarter of the loaded number of rows is big."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One service's database."""

    package: str
    load: Load
    ask: Ask
    full: int
    """Elements or people of the real thing."""
    short: int
    """As many as give the planner the same choice in seconds."""

    async def judge(self, databases: Databases, count: int) -> Verdict:
        """Load a database of its own, ask, judge, drop it."""
        url = await databases.of(self.package)
        try:
            loaded = await self.load(url, count)
            return await judge(url, self.ask, big=loaded // BIG_SHARE)
        finally:
            await databases.drop(url)


SUBJECTS = {
    "catalogue": Subject("nmo_catalog", catalogue.load, catalogue.ask, 200_000, 12_000),
    "register": Subject("nmo_registry", register.load, register.ask, 300_000, 10_000),
    **{
        package.removeprefix("nmo_"): Subject(package, partial(journeys.load, package), ask, 100_000, 10_000)
        for package, ask in journeys.ASKS.items()
    },
}
"""The journeys' 100 000 people have 400 000 applications, credits and messages."""
