"""Writes people whom the mirror has never seen, many at once (FRM-02, FRM-09)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession, copy_rows
from nmo_kit.messaging import outbox
from nmo_registry.base import Model
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.frmr.record import Child, Record, values_of
from nmo_registry.specialists import events
from nmo_registry.specialists.commands.record_people import CHILDREN, Told, person_row
from nmo_registry.specialists.tables import Specialist


async def load_people(
    session: WriteSession, records: Sequence[Record], *, cipher: FieldCipher, now: datetime
) -> None:
    """Copy new people in with the events of their appearance.

    The caller holds the mirror's turn (`take_turn`), and knows that no number and no СНИЛС of these is held already.

    Side effects: rows of the mirror, events in the outbox.
    """
    told, people = Told(), []
    for record in records:
        happened = events.recorded(record)
        told.follow(happened, last_version=len(happened))
        people.append(person_row(record, version=len(happened), cipher=cipher, now=now))
    await _copy(session, Specialist, people)
    for block, table in CHILDREN:
        await _copy(session, table, _children(records, block))
    documents = (
        {**values_of(item), "specialist_id": record.specialist_id, "removed_at": None}
        for record in records
        for item in record.documents
    )
    await _copy(session, AdmissionDocument, documents)
    await outbox.add_all(session, told)


def _children(records: Iterable[Record], block: str) -> Iterator[dict[str, Any]]:
    for record in records:
        children: tuple[Child, ...] = getattr(record, block)
        for child in children:
            yield {**values_of(child), "specialist_id": record.specialist_id}


async def _copy(session: WriteSession, table: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    columns = [column.name for column in table.metadata.tables[str(table.__tablename__)].columns]
    in_order = itemgetter(*columns)
    values = [in_order(row) for row in rows]
    if values:
        await copy_rows(session, str(table.__tablename__), columns, values)
