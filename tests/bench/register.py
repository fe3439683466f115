"""Matching a person with the mirror of the register, and finding them by СНИЛС, against the bare SQL it comes down to.

Both in one process over one connection at a time: the service is what identity's question runs (the read, the comparison,
the journal's row), the bare side sends the very statements that were sent, with the same values, over
asyncpg. They take turns person by person. `NMO_BENCH_CARDS` tells the size: 300 000, unless all 3 000 000 are wanted.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import asyncpg
from pydantic import SecretStr

from nmo_kit import clock
from nmo_kit.db import Database
from nmo_kit.principal import Principal
from nmo_kit.settings import ServiceSettings
from nmo_kit.snils import Snils
from nmo_registry.lookup.commands.match import Claim, Matcher
from nmo_registry.lookup.queries import Mirrored, mirrored_by_snils
from nmo_registry.settings import RegistrySettings
from tests.bench.measure import percentile
from tests.bench.result import Result
from tests.bench.servers import servers
from tests.size import register
from tests.size.capture import Statement, captured

if TYPE_CHECKING:
    from nmo_registry.lookup.commands.read_person import PersonReader

NAME = "register"
GOAL = 0.7
CARDS = int(os.environ.get("NMO_BENCH_CARDS", "300000"))
PEOPLE_A_ROUND = 400
IDENTITY = Principal(sub="identity", roles=frozenset({"service"}), client_id="identity")
Ask = Callable[["Person"], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the mirror, as they would prove themselves."""

    snils: Snils
    record: Mirrored


@dataclass(slots=True)
class Times:
    """Milliseconds of each question, by side."""

    service: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Rate of the service to that of the bare SQL."""
        return sum(self.bare) / sum(self.service)


async def _somebody(database: Database, dice: random.Random) -> Person:
    """At random, so that most pages are read for the first time; those who left the register are passed over."""
    while True:
        number = Snils(register.snils(dice.randrange(CARDS)))
        record = await mirrored_by_snils(database, number, register.CIPHER)
        if record is not None:
            return Person(number, record)


async def _replay(connection: asyncpg.Connection, statements: Sequence[Statement]) -> None:
    """Each by itself, as it was sent: the journal's row commits alone too."""
    for statement in statements:
        await connection.fetch(statement.sql, *statement.values)


async def _compare(
    ask: Ask, person: Person, statements: list[Statement], bare: asyncpg.Connection, times: Times
) -> None:
    statements.clear()
    begun = time.perf_counter()
    await ask(person)
    answered = time.perf_counter()
    # The driver tells of a statement in the loop's next turn.
    await asyncio.sleep(0)
    sent = list(statements)
    if not sent:
        raise AssertionError("nothing was asked of the database")
    started = time.perf_counter()
    await _replay(bare, sent)
    times.bare.append((time.perf_counter() - started) * 1000)
    times.service.append((answered - begun) * 1000)


async def run(rounds: int) -> Result:
    """Load the mirror, then ask."""
    clock.set_offset(0)
    async with servers() as own:
        url = await own.databases.of("nmo_registry")
        loaded = await register.load(url, CARDS)
        settings = ServiceSettings(environment="test", database_url=SecretStr(url))
        database = Database(settings)
        bare = await asyncpg.connect(url, server_settings={"jit": "off"})
        # Statements of the service are told; telling costs both sides the same.
        bare.add_query_logger(lambda _: None)
        try:
            with captured(database) as statements:
                by_kind = await _measure(database, statements, bare, rounds)
        finally:
            await bare.close()
            await database.close()
        return _result(by_kind, rounds, loaded)


async def _measure(
    database: Database, statements: list[Statement], bare: asyncpg.Connection, rounds: int
) -> dict[str, list[Times]]:
    # The mirror holds everybody asked for, so nobody is asked at the source.
    matcher = Matcher(database, cast("PersonReader", None), register.CIPHER, cast("RegistrySettings", None))

    async def match(person: Person) -> None:
        answer = await matcher.match(
            Claim(person.snils, person.record.name, None, refresh=False), by=IDENTITY
        )
        if answer.outcome != "exact":
            raise AssertionError(f"a person is not like themselves: {answer.outcome}")

    async def look_up(person: Person) -> None:
        await mirrored_by_snils(database, person.snils, register.CIPHER)

    asks: dict[str, Ask] = {"match": match, "look-up": look_up}
    by_kind: dict[str, list[Times]] = {kind: [] for kind in asks}
    dice = random.Random(20_160_101)
    for number in range(rounds + 1):
        seen = {kind: Times() for kind in asks}
        for _ in range(PEOPLE_A_ROUND):
            person = await _somebody(database, dice)
            for kind, ask in asks.items():
                await _compare(ask, person, statements, bare, seen[kind])
        for kind, times in seen.items():
            if number:
                by_kind[kind].append(times)
    return by_kind


def _result(by_kind: dict[str, list[Times]], rounds: int, loaded: int) -> Result:
    """The worse of both decides."""
    ratios = {
        kind: statistics.median(times.ratio for times in in_rounds) for kind, in_rounds in by_kind.items()
    }
    figures: dict[str, Any] = {"cards": loaded}
    for kind, in_rounds in by_kind.items():
        for side in ("service", "bare"):
            values = [ms for times in in_rounds for ms in getattr(times, side)]
            figures[f"{kind}_{side}_p50_p99_ms"] = [
                round(percentile(values, share), 2) for share in (0.5, 0.99)
            ]
        figures[f"{kind}_ratio"] = round(ratios[kind], 3)
    return Result(
        ratio=min(ratios.values()),
        rounds=rounds,
        measured=sum(len(times.service) for in_rounds in by_kind.values() for times in in_rounds),
        figures=figures,
    )
