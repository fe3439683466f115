"""Whether the mirror equals its source, and the events tell of each person once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_registry.frmr.completing import completed
from nmo_registry.frmr.reading import read_card
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.queries import stored_people
from nmo_sandbox.frmr import people_cards, synthetic

AT_ONCE = 500
SHARE = 20_000
"""Cards of one task of a process."""
TOLD = """
select coalesce(sum(greatest(person.version - coalesce(told.versions, 0), 0)), 0) as missing,
  coalesce(sum(told.count - told.versions), 0) as doubled, coalesce(sum(told.count), 0) as events
from (select 'specialist/' || id as subject, version from specialist) person
left join (
  select event_key, count(*) as count, count(distinct key_version) as versions from outbox group by event_key
) told on told.event_key = person.subject
"""
"""The version of a person is the number of events about them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was compared; differing people are told by number."""

    people: int
    differing: list[str]
    events: int
    missing_events: int
    doubled_events: int

    @property
    def equal(self) -> bool:
        """Every person of the source is in the mirror with the same content, and nobody else."""
        return not self.differing


async def compare(environment: dict[str, str], *, cards: int, seed: int) -> Verdict:
    """Digest of each person's content as the mirror's rows hold it, against the digest of the source's card.

    The cards are computed anew, not read from the dump. All processors take part.
    """
    own = {name.removeprefix("NMO_REGISTRY_").lower(): value for name, value in environment.items() if name.startswith("NMO_REGISTRY_")}  # fmt: skip
    shares = [range(first, min(first + SHARE, cards + 1)) for first in range(1, cards + 1, SHARE)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        tasks = [loop.run_in_executor(pool, differing, own, share, seed) for share in [None, *shares]]
        found = [oid for some in await asyncio.gather(*tasks) for oid in some]
    people = cards + len(people_cards.cards())
    connection = await asyncpg.connect(own["database_url"])
    try:
        held = await connection.fetchval("select count(*) from specialist where removed_at is null")
        await connection.execute("set work_mem = '256MB'")
        told = await connection.fetchrow(TOLD)
    finally:
        await connection.close()
    if held != people:
        found.append(f"{held} people are in the mirror, {people} in the register")
    return Verdict(people, found, int(told["events"]), int(told["missing"]), int(told["doubled"]))


def differing(own: dict[str, str], numbers: range | None, seed: int) -> list[str]:
    """People who differ, of the computed cards with these numbers, or of the sandbox people; runs in a process of its own."""
    if numbers is None:
        return asyncio.run(_differing(own, iter(people_cards.cards().values())))
    return asyncio.run(_differing(own, (synthetic.card(number, seed) for number in numbers)))


async def _differing(own: dict[str, str], cards: Iterator[dict[str, Any]]) -> list[str]:
    settings = RegistrySettings(**{**own, "database_url": SecretStr(own["database_url"])})  # type: ignore[arg-type]
    cipher = FieldCipher.from_files(Path(own["field_key_file"]), Path(own["index_key_file"]))
    database, found = Database(settings), []
    try:
        while batch := list(islice(cards, AT_ONCE)):
            wanted = {
                record.oid: record.version for record in (completed(read_card(card), None) for card in batch)
            }
            async with database.read() as session:
                stored = await stored_people(session, wanted, cipher)
            held = {
                oid: person.record.version for oid, person in stored.items()
                if person.row.removed_at is None and person.row.register_version == person.record.version
            }  # fmt: skip
            found += [oid for oid, version in wanted.items() if held.get(oid) != version]
    finally:
        await database.close()
    return found
