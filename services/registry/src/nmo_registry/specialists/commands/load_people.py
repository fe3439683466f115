"""Writes people whom the mirror has never seen, many at once (FRM-02, FRM-09)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Self

from nmo_contracts.base import EventPayload
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession, copy_rows
from nmo_kit.messaging import outbox
from nmo_registry.base import Model
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.frmr.record import Category, Document, Education, Employment, FormerName, Record
from nmo_registry.specialists import events
from nmo_registry.specialists.commands.record_people import person_row
from nmo_registry.specialists.tables import (
    EducationDocument,
    EmploymentRow,
    QualificationCategory,
    Specialist,
    SpecialistName,
)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Child:
    """A block of a record whose items are rows of a table.

    Attributes:
        block: name of the block; `documents` are certificates and accreditations together.
        table: where its rows are.
        columns: those that a row brings; it is new, so what it does not bring is null.
        values: the values of an item in the order of the columns, without the first: the person's id.
    """

    block: str
    table: type[Model]
    columns: tuple[str, ...]
    values: Callable[[Any], Row]


def _child(block: str, table: type[Model], kind: type[Any]) -> _Child:
    names = [column.name for column in fields(kind)]
    return _Child(block, table, ("specialist_id", *names), attrgetter(*names))


_CHILDREN = (
    _child("former_names", SpecialistName, FormerName),
    _child("educations", EducationDocument, Education),
    _child("employments", EmploymentRow, Employment),
    _child("categories", QualificationCategory, Category),
    _child("documents", AdmissionDocument, Document),
)


@dataclass(slots=True)
class NewPeople:
    """Rows of people who appear, ready to be copied; made of records, nothing is read or written for it."""

    people: list[Row] = field(default_factory=list)
    children: tuple[list[Row], ...] = field(default_factory=lambda: tuple([] for _ in _CHILDREN))
    told: list[Row] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    indexes: dict[str, bytes] = field(default_factory=dict)
    """The blind index of each СНИЛС by the person's number."""

    @classmethod
    def of(cls, records: Iterable[Record], *, cipher: FieldCipher, now: datetime) -> Self:
        """All of these at once."""
        made = cls()
        made.add(records, cipher=cipher, now=now)
        return made

    def add(self, records: Iterable[Record], *, cipher: FieldCipher, now: datetime) -> None:
        """Seal the personal values of these, and write the events of their appearance."""
        self.told.extend(outbox.rows_of(self._people(records, cipher, now)))

    def _people(
        self, records: Iterable[Record], cipher: FieldCipher, now: datetime
    ) -> Iterator[tuple[EventPayload, int]]:
        # Each person from record to rows at once, while all of them is at hand for the processor.
        for record in records:
            happened, owner = events.recorded(record), record.specialist_id
            row = person_row(record, version=len(happened), cipher=cipher, now=now)
            self.columns = tuple(row)
            self.people.append(tuple(row.values()))
            self.indexes[record.oid] = row["snils_index"]
            for child, rows in zip(_CHILDREN, self.children, strict=True):
                for item in getattr(record, child.block):
                    rows.append((owner, *child.values(item)))
            for version, event in enumerate(happened, start=1):
                yield event, version


async def load_people(session: WriteSession, new: NewPeople) -> None:
    """Copy new people in with the events of their appearance.

    The caller holds the mirror's turn (`take_turn`), and knows that no number and no СНИЛС of these is held already.

    Side effects: rows of the mirror, events in the outbox.
    """
    await _copy(session, Specialist, new.columns, new.people)
    for child, rows in zip(_CHILDREN, new.children, strict=True):
        await _copy(session, child.table, child.columns, rows)
    await outbox.copy(session, new.told)


async def _copy(session: WriteSession, table: type[Model], columns: tuple[str, ...], rows: list[Row]) -> None:
    if rows:
        await copy_rows(session, str(table.__tablename__), columns, rows)
