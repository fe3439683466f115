"""Writes people whom the mirror has never seen, many at once (FRM-02, FRM-09)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Self

from sqlalchemy import Table

from nmo_contracts.base import EventPayload
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.json import dumps
from nmo_kit.messaging import outbox
from nmo_kit.packed_rows import Layout, copy_packed
from nmo_registry.base import Model
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.frmr.record import (
    Category,
    Document,
    Education,
    Employment,
    FormerName,
    Nomination,
    Record,
)
from nmo_registry.specialists import events
from nmo_registry.specialists.commands.record_people import left_out_of, person_row
from nmo_registry.specialists.tables import (
    EducationDocument,
    EmploymentRow,
    NominationRow,
    QualificationCategory,
    Specialist,
    SpecialistName,
)


@dataclass(frozen=True, slots=True)
class _Child:
    """A block of a record whose items are rows of a table.

    Attributes:
        block: name of the block; `documents` are certificates and accreditations together.
        layout: the columns that a row brings; it is new, so what it does not bring is null.
        values: the values of an item in the order of the columns, without the first: the person's id.
    """

    block: str
    layout: Layout
    values: Callable[[Any], tuple[Any, ...]]


def _table(model: type[Model]) -> Table:
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def _child(block: str, model: type[Model], kind: type[Any]) -> _Child:
    names = [column.name for column in fields(kind)]
    return _Child(block, Layout.of(_table(model), ("specialist_id", *names)), attrgetter(*names))


_CHILDREN = (
    _child("former_names", SpecialistName, FormerName),
    _child("educations", EducationDocument, Education),
    _child("employments", EmploymentRow, Employment),
    _child("categories", QualificationCategory, Category),
    _child("nominations", NominationRow, Nomination),
    _child("documents", AdmissionDocument, Document),
)
_PERSON = Layout.of(_table(Specialist), [column.name for column in _table(Specialist).columns])


@dataclass(slots=True)
class NewPeople:
    """Packed rows of people who appear, made of records; nothing is read or written for it."""

    people: bytearray = field(default_factory=bytearray)
    children: tuple[bytearray, ...] = field(default_factory=lambda: tuple(bytearray() for _ in _CHILDREN))
    told: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, records: Iterable[Record], *, cipher: FieldCipher, now: datetime) -> Self:
        """All of these at once."""
        made = cls()
        made.add(records, cipher=cipher, now=now)
        return made

    def add(self, records: Iterable[Record], *, cipher: FieldCipher, now: datetime) -> None:
        """Seal the personal values of these, and write the events of their appearance."""
        self.told += outbox.packed(self._people(records, cipher, now))

    def _people(
        self, records: Iterable[Record], cipher: FieldCipher, now: datetime
    ) -> Iterator[tuple[EventPayload, int]]:
        # Each person from record to rows at once, while all of them is at hand for the processor.
        for record in records:
            happened, owner = events.recorded(record), record.specialist_id
            left_out = left_out_of(record, None)
            row = person_row(record, version=len(happened), left_out=left_out, cipher=cipher, now=now)
            # COPY takes JSON as text.
            row["left_out"] = dumps(left_out).decode() if left_out else "{}"
            self.people += _PERSON.row([row[name] for name in _PERSON.columns])
            for child, rows in zip(_CHILDREN, self.children, strict=True):
                for item in getattr(record, child.block):
                    rows.extend(child.layout.row((owner, *child.values(item))))
            for version, event in enumerate(happened, start=1):
                yield event, version


async def load_people(session: WriteSession, new: NewPeople) -> None:
    """Copy new people in with the events of their appearance.

    The caller holds the mirror's turn (`take_turn`), and knows that no number and no СНИЛС of these is held already.

    Side effects: rows of the mirror, events in the outbox.
    """
    await copy_packed(session, _PERSON, new.people)
    for child, rows in zip(_CHILDREN, new.children, strict=True):
        await copy_packed(session, child.layout, rows)
    await outbox.copy(session, new.told)
