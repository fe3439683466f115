"""Loads the norms of the package; safe to repeat, and the way to bring a new edition."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from nmo_cycles.norms.queries import packaged_norms
from nmo_cycles.norms.tables import NormSet
from nmo_kit.app import Runtime
from nmo_kit.db import Database


async def seed(runtime: Runtime, demo: bool) -> None:  # noqa: ARG001 norms are the same with and without invented data
    """Bring the table of norms to the state of the packaged file."""
    await load_norms(runtime.db)


async def load_norms(database: Database) -> None:
    """Write each edition of the file; editions the file no longer has stay, for what was judged by them."""
    statement = insert(NormSet)
    changed = {name: statement.excluded[name] for name in NormSet.model_fields if name != "code"}
    async with database.write() as session:
        await session.execute(
            statement.on_conflict_do_update(index_elements=["code"], set_=changed), packaged_norms()
        )
