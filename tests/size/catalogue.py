"""The catalogue at any size: the demonstration's own generator, loaded by COPY."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from uuid import UUID

import asyncpg

from nmo_catalog.demo.elements import Scene, elements
from nmo_catalog.demo.families import families
from nmo_catalog.demo.journey import journey_elements
from nmo_catalog.demo.organizations import organization_id, organizations
from nmo_catalog.elements.commands.publish import COMPUTED
from nmo_catalog.elements.queries import element_by_id
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization
from nmo_catalog.reference.queries import load_reference, specialties
from nmo_catalog.search.correction import search_corrected
from nmo_catalog.search.cursor import Place
from nmo_catalog.search.rules import COUNT_CAP, Criteria, Position, words_of
from nmo_catalog.spelling.commands.count import count_words
from nmo_kit import clock
from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for
from tests.size.copying import copy_rows, without_indexes

_MIXED = 20_000


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
    """Mixed, as things are published in life, not specialty by specialty."""
    all_families = families()
    once = sum(1 for _ in elements(stage, all_families))
    # One more than needed by division: the rest is cut off.
    many = elements(stage, all_families, times=count // once + 1)
    every, dice = islice(chain(journey_elements(stage), many), count), random.Random(20_160_101)
    while batch := list(islice(every, _MIXED)):
        dice.shuffle(batch)
        yield from batch


async def ask(database: Database) -> None:
    """The searches of `tests.bench.search` and more, a card, words that are mistyped."""
    stage = scene()
    questions = (
        Criteria(from_on=stage.today),
        Criteria(from_on=stage.today, words=words_of("кардиология")),
        Criteria(from_on=stage.today, words=words_of("неотложная кардиология")),
        Criteria(from_on=stage.today, words=words_of("гемохроматоз")),
        Criteria(from_on=stage.today, specialty=("VO-027",), region=("78",), form=("full_time",)),
        Criteria(from_on=stage.today, region=("77",), sort="-zet"),
        Criteria(from_on=stage.today, kind=("module",), specialty=("VO-027",), sort="title"),
        Criteria(from_on=stage.today, preferred=organization_id(1), sort="price", free=True),
    )
    async with database.read() as session:
        for criteria in questions:
            first = await search_corrected(session, criteria, None, typed="", limit=25)
            if len(first.found) > 25:
                place = first.place_after(first.found[24][1])
                await search_corrected(session, criteria, place, typed="", limit=25)
        deep = Place(Position(1, (stage.today + timedelta(days=200), UUID(int=1 << 127))), COUNT_CAP, None)
        await search_corrected(session, questions[0], deep, typed="", limit=25)
        for typed in ("кардеология", "rfhlbjkjubz"):
            await search_corrected(session, Criteria(words=words_of(typed)), None, typed=typed, limit=25)
        found = await search_corrected(session, questions[0], None, typed="", limit=25)
        await element_by_id(session, UUID(found.found[0][0]["element_id"]))
