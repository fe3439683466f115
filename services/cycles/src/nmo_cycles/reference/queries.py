"""Specialties: as the registry told them, and from the packaged file until it did."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sqlmodel import col, select

from nmo_cycles.reference.tables import SpecialtyCopy
from nmo_kit.db import ReadSession

NOMENCLATURE = "1.2.643.5.1.13.13.11.1066"
CARRIED_EDITION = "2026-09-01"


@dataclass(frozen=True, slots=True)
class Shown:
    """A specialty as a person was shown it: a record keeps all of it, so that a new version changes nothing of it."""

    key: str
    name: str
    code: str | None
    oid: str | None
    version: str | None


@cache
def specialty_names() -> dict[str, str]:
    """Name by key, from the packaged file."""
    with (resources.files("nmo_cycles") / "data" / "specialties.csv").open(encoding="utf-8") as file:
        return {row["key"]: row["name"] for row in csv.DictReader(file)}


async def successors(session: ReadSession, keys: Iterable[str]) -> dict[str, list[str]]:
    """What retired specialties became, by key; those that became nothing else are left out."""
    statement = select(SpecialtyCopy.key, SpecialtyCopy.successors).where(
        col(SpecialtyCopy.key).in_(set(keys)), col(SpecialtyCopy.successors) != []
    )
    return {key: list(became) for key, became in (await session.execute(statement)).tuples()}


async def specialty(session: ReadSession, key: str) -> Shown | None:
    """The specialty as it is shown today; None for one that nobody knows."""
    row = await session.get(SpecialtyCopy, key)
    if row is not None:
        return Shown(key, row.name, row.code, row.oid, row.book_version)
    name = specialty_names().get(key)
    return None if name is None else Shown(key, name, key, NOMENCLATURE, CARRIED_EDITION)
