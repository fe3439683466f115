"""Loads reference names, and invented data when asked; safe to repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_catalog.demo.elements import Scene, elements
from nmo_catalog.demo.families import families
from nmo_catalog.demo.journey import journey_elements
from nmo_catalog.demo.organizations import organizations
from nmo_catalog.demo.tables import SeedMark
from nmo_catalog.elements.commands.publish import publish_elements
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization
from nmo_catalog.reference.queries import load_reference, specialties
from nmo_catalog.spelling.commands.count import count_words
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.db import Database, WriteSession

BATCH: Final = 300


async def seed(runtime: Runtime, demo: bool) -> None:
    """Specialties and regions; with `demo` also invented organisations and elements, published as events.

    Repeating changes nothing within a month; in a new month the demonstration's programmes are added with new dates.
    """
    async with runtime.db.write() as session:
        await load_reference(session)
    if demo:
        await seed_demo(runtime.db)


async def seed_demo(database: Database) -> int:
    """Load invented data that are not there yet; returns how many elements were published."""
    scene = _scene()
    added = 0
    async with database.write() as session:
        if await _first_time(session, "organizations"):
            await _add_organizations(session, scene.organizations)
    added += await _publish_once(database, f"journey/{scene.today:%Y-%m}", scene, journey_elements(scene))
    added += await _publish_once(database, "elements", scene, elements(scene, families()))
    if added:
        async with database.write() as session:
            await _settle(session)
            await count_words(session, at=clock.now())
    return added


async def _settle(session: WriteSession) -> None:
    """After a bulk load: fresh statistics, and no pending lists, with which the planner would avoid the indexes."""
    for index in ("ix_element_tsv", "ix_element_specialty_keys"):
        await session.execute(
            text("select gin_clean_pending_list(cast(:index as regclass))"), {"index": index}
        )
    await session.execute(text("analyze element"))


def _scene() -> Scene:
    return Scene(
        today=clock.today(),
        now=clock.now(),
        organizations=organizations(),
        specialty_names={specialty.key: specialty.name for specialty in specialties()},
    )


async def _first_time(session: WriteSession, name: str) -> bool:
    """Mark a part as loaded; False if it was already. The mark commits or fails with the part."""
    mark = insert(SeedMark).values(name=name, at=clock.now()).on_conflict_do_nothing()
    return (await session.execute(mark.returning(col(SeedMark.name)))).scalar_one_or_none() is not None


async def _add_organizations(session: WriteSession, rows: Sequence[Organization]) -> None:
    await session.execute(
        insert(Organization).on_conflict_do_nothing(), [organization.model_dump() for organization in rows]
    )


async def _publish_once(database: Database, name: str, scene: Scene, rows: Iterator[Element]) -> int:
    """Publish in batches, each with its own mark, so that a broken run goes on where it stopped."""
    names = {row.id: row.name for row in scene.organizations}
    added = batch_number = 0
    while batch := list(islice(rows, BATCH)):
        async with database.write() as session:
            if await _first_time(session, f"{name}/{batch_number}"):
                await publish_elements(session, batch, names)
                added += len(batch)
        batch_number += 1
    return added
