"""What cycles do when a reference book has a new version."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from nmo_contracts.registry import DictionaryPublishedV1
from nmo_cycles.reference.tables import SpecialtyCopy
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(DictionaryPublishedV1, skip_stale=True)
async def on_dictionary_published(session: WriteSession, event: Received[DictionaryPublishedV1]) -> None:
    """Keep the nomenclature's new version for cycles to come; those that are open keep what they show (FRM-07)."""
    told = event.data
    if told.book != "specialties" or not told.values:
        return
    rows = [
        {
            "key": value.key,
            "code": value.code,
            "name": value.name,
            "in_force": value.in_force,
            "successors": value.successors,
            "oid": told.oid or "",
            "book_version": told.version,
            "number": event.envelope.subjectversion,
        }
        for value in told.values
    ]
    statement = insert(SpecialtyCopy)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "key"}
    await session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed), rows)
