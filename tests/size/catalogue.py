"""The catalogue at any size: the demonstration's own generator, loaded by COPY."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

import asyncpg

from nmo_catalog.demo.elements import Scene, elements
from nmo_catalog.demo.families import families
from nmo_catalog.demo.journey import journey_elements
from nmo_catalog.demo.organizations import organizations
from nmo_catalog.elements.commands.publish import COMPUTED
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization
from nmo_catalog.reference.queries import load_reference, specialties
from nmo_catalog.spelling.commands.count import count_words
from nmo_kit import clock
from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for
from tests.size.copying import copy_rows, without_indexes


def scene() -> Scene:
    """Today's, with all invented organisations."""
    return Scene(
        today=clock.today(),
        now=clock.now(),
        organizations=organizations(),
        specialty_names={specialty.key: specialty.name for specialty in specialties()},
    )


async def load(url: str, count: int) -> int:
    """Fill a migrated catalogue database with `count` published elements, words and statistics; returns how many."""
    database = Database(settings_for(url))
    try:
        async with database.write() as session:
            await load_reference(session)
        stage = scene()
        connection = await asyncpg.connect(url)
        try:
            await copy_rows(connection, Organization, stage.organizations)
            async with without_indexes(connection, "element"):
                loaded = await copy_rows(connection, Element, _elements(stage, count), without=COMPUTED)
            await connection.execute("vacuum analyze element")
        finally:
            await connection.close()
        async with database.write() as session:
            await count_words(session, at=clock.now())
    finally:
        await database.close()
    return loaded


def _elements(stage: Scene, count: int) -> Iterator[Element]:
    all_families = families()
    once = sum(1 for _ in elements(stage, all_families))
    # One more than needed by division: the rest is cut off.
    many = elements(stage, all_families, times=count // once + 1)
    return islice(chain(journey_elements(stage), many), count)
