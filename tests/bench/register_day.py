"""A day's changes of the register while people sign in: how long the mirror lags, and whether anybody waits for it.

The register is the stand-in in a process of its own with `NMO_BENCH_CARDS` computed people, the follower is the registry's
own command in another. People come at their times whether the ones before them were served or not; each asks what
identity asks the registry at a sign-in.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from pydantic import SecretStr
from sqlalchemy import text

from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.settings import ServiceSettings
from nmo_kit.snils import Snils
from nmo_registry.frmr.reading import read_card
from nmo_registry.lookup.commands.match import Claim, Matcher
from nmo_registry.lookup.rules import PersonName
from nmo_sandbox.frmr import synthetic
from tests.bench.measure import percentile
from tests.bench.register import IDENTITY
from tests.bench.result import Result
from tests.bench.servers import servers
from tests.sync_proof.stage import Stage, stage

if TYPE_CHECKING:
    from nmo_registry.lookup.commands.read_person import PersonReader
    from nmo_registry.settings import RegistrySettings

NAME = "register_day"
GOAL = 1.0
"""The limit of a sign-in's wait divided by the slowest hundredth."""
LIMIT_MS = 300.0
CARDS = int(os.environ.get("NMO_BENCH_CARDS", "40000"))
CHANGES = min(30_000, CARDS)
SIGN_INS_PER_S = 50
SEED = 20_160_101
EDITORS = 16


async def run(rounds: int) -> Result:
    """One day, whatever the rounds."""
    del rounds
    clock.set_offset(0)
    async with servers() as own:
        url = await own.databases.of("nmo_registry")
        with tempfile.TemporaryDirectory() as folder:
            async with stage(Path(folder), url, cards=CARDS, seed=SEED) as scene:
                await _registry(scene, "reconcile")
                await _registry(scene, "sync")
                await _change(scene)
                database = Database(ServiceSettings(environment="test", database_url=SecretStr(url)))
                cipher = FieldCipher.from_files(Path(folder) / "field.key", Path(folder) / "index.key")
                try:
                    return await _day(scene, database, cipher)
                finally:
                    await database.close()


async def _registry(scene: Stage, command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "nmo_registry",
        command,
        env=scene.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait() != 0:
        raise AssertionError(f"{command} failed")


async def _change(scene: Stage) -> None:
    """So many people get another first name at the register."""
    numbers = iter(random.Random(SEED).sample(range(1, CARDS + 1), CHANGES))

    async def editor(client: aiohttp.ClientSession) -> None:
        for number in numbers:
            address = f"{scene.url}/sandbox/cards/{synthetic.oid_of(number)}"
            async with client.patch(address, json={"firstName": "Иннокентий"}) as answer:
                answer.raise_for_status()

    async with aiohttp.ClientSession() as client:
        await asyncio.gather(*(editor(client) for _ in range(EDITORS)))


async def _day(scene: Stage, database: Database, cipher: FieldCipher) -> Result:
    # The mirror holds everybody who comes, so nobody is asked at the source.
    matcher = Matcher(database, cast("PersonReader", None), cipher, cast("RegistrySettings", None))
    before = await _heard(database)
    waits: list[float] = []
    started = time.perf_counter()
    following = asyncio.create_task(_registry(scene, "sync"))
    comers: list[asyncio.Task[None]] = []
    for name, snils in _people():
        if following.done():
            break
        due = started + len(comers) / SIGN_INS_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        comers.append(asyncio.create_task(_sign_in(matcher, name, snils, due, waits)))
    await following
    took = time.perf_counter() - started
    await asyncio.gather(*comers)
    told = await _heard(database) - before
    if told != CHANGES:
        raise AssertionError(f"{CHANGES} people changed, {told} were told of")
    slowest = percentile(waits, 0.99)
    figures: dict[str, Any] = {
        "cards": CARDS, "changes": CHANGES, "lag_s": round(took, 1), "changes_per_s": round(CHANGES / took),
        "sign_ins_per_s": SIGN_INS_PER_S, "sign_in_p50_ms": round(percentile(waits, 0.5), 1),
        "sign_in_p99_ms": round(slowest, 1), "sign_in_worst_ms": round(max(waits), 1), "limit_ms": LIMIT_MS,
    }  # fmt: skip
    return Result(ratio=LIMIT_MS / slowest, rounds=1, measured=len(waits), figures=figures)


async def _sign_in(matcher: Matcher, name: PersonName, snils: Snils, due: float, waits: list[float]) -> None:
    """Counted from when the person came, not from when there was time for them."""
    answer = await matcher.match(Claim(snils, name, None, refresh=False), by=IDENTITY)
    if answer.outcome == "not_found":
        raise AssertionError("a person of the mirror was not found")
    waits.append((time.perf_counter() - due) * 1000)


def _people() -> Iterator[tuple[PersonName, Snils]]:
    """Somebody of the register, as its card tells, again and again."""
    dice = random.Random(SEED + 1)
    while True:
        card = read_card(synthetic.card(dice.randint(1, CARDS), SEED))
        yield PersonName(card.last_name, card.first_name, card.patronymic, card.birth_on), Snils(card.snils)


async def _heard(database: Database) -> int:
    """Events about people so far."""
    async with database.read() as session:
        return int(
            (await session.execute(text("select coalesce(sum(version), 0) from specialist"))).scalar_one()
        )
