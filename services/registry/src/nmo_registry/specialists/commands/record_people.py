"""Writes records of the register into the mirror with the events of what changed (FRM-01, FRM-03)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_contracts.base import EventPayload
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_registry.base import Model
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.frmr.completing import completed
from nmo_registry.frmr.record import Child, Record
from nmo_registry.specialists import events
from nmo_registry.specialists.queries import (
    StoredPerson,
    birth_aad,
    snils_aad,
    snils_holders,
    stored_people,
    take_turn,
)
from nmo_registry.specialists.tables import (
    EducationDocument,
    EmploymentRow,
    NominationRow,
    QualificationCategory,
    Specialist,
    SpecialistName,
)

SNILS_TAKEN = "snils_taken"
MOST_TOLD = 3
LeftOut = dict[str, str | None]
CHILDREN: tuple[tuple[str, type[Model]], ...] = (
    ("former_names", SpecialistName),
    ("educations", EducationDocument),
    ("employments", EmploymentRow),
    ("categories", QualificationCategory),
    ("nominations", NominationRow),
)
"""Blocks of a record that are rows of a table of their own, but for documents."""


@dataclass(slots=True)
class Recorded:
    """What became of a batch.

    Attributes:
        applied: people whose content changed, new ones included.
        unchanged: people who were as the mirror had them.
        removed: people who left the register.
        refused: numbers of people that could not be written, or not whole, with the reason.
    """

    applied: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: dict[str, str] = field(default_factory=dict)


class Told(list[tuple[EventPayload, int]]):
    """Events of a batch with their versions, written at its end all at once."""

    def follow(self, happened: Sequence[EventPayload], *, last_version: int) -> None:
        """What happened to one person; the last event has the person's new version."""
        self.extend(zip(happened, range(last_version - len(happened) + 1, last_version + 1), strict=True))


async def record_people(
    session: WriteSession,
    records: Sequence[Record],
    *,
    gone: Iterable[str] = (),
    cipher: FieldCipher,
    now: datetime,
) -> Recorded:
    """Bring the mirror to these records, and mark people who left the register.

    Repeating a batch changes nothing and writes no event. Writers take turns, so the events of a person leave in the
    order of the changes.

    Args:
        session: the transaction of the change.
        records: cards as read, each person at most once.
        gone: the register's numbers of people who left it.
        cipher: seals the СНИЛС and the birth date.
        now: when the register was read.

    Side effects: rows of the mirror, events in the outbox.
    """
    await take_turn(session)
    gone = list(gone)
    stored = await stored_people(session, [*(record.oid for record in records), *gone], cipher)
    outcome, told = Recorded(), Told()
    for oid in gone:
        person = stored.get(oid)
        if person is not None and person.row.removed_at is None:
            await _remove(session, person, told, now=now)
            outcome.removed += 1
    holders = await snils_holders(session, {cipher.blind_index(record.snils) for record in records})
    for record in records:
        index = cipher.blind_index(record.snils)
        if holders.setdefault(index, record.oid) != record.oid:
            outcome.refused[record.oid] = SNILS_TAKEN
            continue
        if record.faults:
            outcome.refused[record.oid] = incomplete(record.faults)
        if await _record(session, record, stored.get(record.oid), told, cipher=cipher, now=now):
            outcome.applied += 1
        else:
            outcome.unchanged += 1
    await outbox.add_all(session, told)
    return outcome


def incomplete(faults: Sequence[str]) -> str:
    """The reason with which a card that was not read whole is set aside: names of up to three faulty fields."""
    return f"incomplete: {', '.join(faults[:MOST_TOLD])}"


async def _record(
    session: WriteSession,
    fetched: Record,
    person: StoredPerson | None,
    told: Told,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> bool:
    """Write one record; False when the mirror held it already."""
    before = person.record if person else None
    record, left_out = completed(fetched, before), left_out_of(fetched, person)
    returned = person is not None and person.row.removed_at is not None
    if before is not None and record == before and not returned:
        await _touch(session, record.specialist_id, left_out, now)
        return False
    happened = (
        events.changed(before, record) if before is not None and not returned else events.recorded(record)
    )
    version = (person.row.version if person else 0) + len(happened)
    row = person_row(record, version=version, left_out=left_out, cipher=cipher, now=now)
    await _upsert(session, Specialist, [row])
    for block, table in CHILDREN:
        children: tuple[Child, ...] = getattr(record, block)
        known: tuple[Child, ...] = getattr(before, block) if before else ()
        await _write_children(session, table, record.specialist_id, children, known)
    await _write_documents(session, record, before, now=now)
    told.follow(happened, last_version=version)
    return True


async def _write_children(
    session: WriteSession,
    table: type[Model],
    specialist_id: UUID,
    children: Sequence[Child],
    known: Sequence[Child],
) -> None:
    columns: Any = table
    vanished = {child.id for child in known} - {child.id for child in children}
    if vanished:
        await session.execute(delete(table).where(columns.id.in_(vanished)))
    fresh = [{**asdict(child), "specialist_id": specialist_id} for child in children if child not in known]
    await _upsert(session, table, fresh)


async def _write_documents(
    session: WriteSession, record: Record, before: Record | None, *, now: datetime
) -> None:
    known = set(before.documents) if before else set()
    vanished = {item.id for item in known} - {item.id for item in record.documents}
    if vanished:
        gone = update(AdmissionDocument).where(col(AdmissionDocument.id).in_(vanished)).values(removed_at=now)
        await session.execute(gone)
    fresh = [
        {**asdict(item), "specialist_id": record.specialist_id, "removed_at": None}
        for item in record.documents
        if item not in known
    ]
    await _upsert(session, AdmissionDocument, fresh)


async def _remove(session: WriteSession, person: StoredPerson, told: Told, *, now: datetime) -> None:
    happened = events.removed(person.record)
    version = person.row.version + len(happened)
    await session.execute(
        update(Specialist)
        .where(col(Specialist.id) == person.row.id)
        .values(removed_at=now, updated_at=now, fetched_at=now, version=version)
        .execution_options(synchronize_session="fetch")
    )
    told.follow(happened, last_version=version)


async def _touch(session: WriteSession, specialist_id: UUID, left_out: LeftOut, now: datetime) -> None:
    await session.execute(
        update(Specialist)
        .where(col(Specialist.id) == specialist_id)
        .values(fetched_at=now, left_out=left_out)
        .execution_options(synchronize_session=False)
    )


async def _upsert(session: WriteSession, table: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(table).values(list(rows))
    kept = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept))


def left_out_of(fetched: Record, person: StoredPerson | None) -> LeftOut:
    """What this answer leaves out, and when the register last gave it: as known, or when the card was last read."""
    if not fetched.absent:
        return {}
    last = person.row.fetched_at.isoformat() if person else None
    known = person.row.left_out if person else {}
    return {part: known.get(part, last) for part in sorted(fetched.absent)}


def person_row(
    record: Record, *, version: int, left_out: LeftOut, cipher: FieldCipher, now: datetime
) -> dict[str, Any]:
    """Columns of `specialist` for a record."""
    identifier = record.specialist_id
    return {
        "id": identifier,
        "register_oid": record.oid,
        "snils_sealed": cipher.encrypt(record.snils, aad=snils_aad(identifier)),
        "snils_index": cipher.blind_index(record.snils),
        "last_name": record.last_name,
        "first_name": record.first_name,
        "patronymic": record.patronymic,
        "birth_sealed": cipher.encrypt(record.birth_on.isoformat(), aad=birth_aad(identifier)),
        "gender": record.gender,
        "citizenship_code": record.citizenship_code,
        "citizenship_name": record.citizenship_name,
        "register_version": record.version,
        "version": version,
        "fetched_at": now,
        "updated_at": now,
        "removed_at": None,
        "left_out": left_out,
    }
