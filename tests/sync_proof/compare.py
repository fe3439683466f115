"""Whether the mirror equals its source, and the events tell of each person once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import completed
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.queries import stored_people
from nmo_sandbox.frmr import people_cards, synthetic

AT_ONCE = 1000
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


def source(cards: int, seed: int) -> Iterator[dict[str, Any]]:
    """Every card of the register."""
    yield from people_cards.cards().values()
    for number in range(1, cards + 1):
        yield synthetic.card(number, seed)


async def compare(environment: dict[str, str], *, cards: int, seed: int) -> Verdict:
    """Digest of each person's content as the mirror's rows hold it, against the digest of the source's card."""
    own = {name.removeprefix("NMO_REGISTRY_").lower(): value for name, value in environment.items() if name.startswith("NMO_REGISTRY_")}  # fmt: skip
    settings = RegistrySettings(**{**own, "database_url": SecretStr(own["database_url"])})  # type: ignore[arg-type]
    cipher = FieldCipher.from_files(Path(own["field_key_file"]), Path(own["index_key_file"]))
    database, differing, people = Database(settings), [], 0
    batch: dict[str, str] = {}
    try:
        for card in source(cards, seed):
            record = completed(read_card(card), None)
            batch[record.oid] = record.version
            if len(batch) == AT_ONCE:
                differing += await _differing(database, cipher, batch)
                people += len(batch)
                batch = {}
                await asyncio.sleep(0)
        differing += await _differing(database, cipher, batch)
        people += len(batch)
    finally:
        await database.close()
    connection = await asyncpg.connect(own["database_url"])
    try:
        held = await connection.fetchval("select count(*) from specialist where removed_at is null")
        told = await connection.fetchrow(TOLD)
    finally:
        await connection.close()
    if held != people:
        differing.append(f"{held} people are in the mirror, {people} in the register")
    return Verdict(people, differing, int(told["events"]), int(told["missing"]), int(told["doubled"]))


async def _differing(database: Database, cipher: FieldCipher, wanted: dict[str, str]) -> list[str]:
    async with database.read() as session:
        found = await stored_people(session, wanted, cipher)
    held = {
        oid: person.record.version for oid, person in found.items()
        if person.row.removed_at is None and person.row.register_version == person.record.version
    }  # fmt: skip
    return [oid for oid, version in wanted.items() if held.get(oid) != version]
