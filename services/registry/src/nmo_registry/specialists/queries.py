"""Reading mirrored people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession, fetch
from nmo_registry.frmr.record import (
    Category,
    Document,
    Education,
    Employment,
    FormerName,
    Nomination,
    Record,
)
from nmo_registry.specialists.tables import Employer, Specialist

ChildT = TypeVar("ChildT", FormerName, Education, Document, Employment, Category, Nomination)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person's row and the record it and its children hold."""

    row: Specialist
    record: Record


def snils_aad(specialist_id: UUID) -> str:
    """Place to which a sealed СНИЛС is bound."""
    return f"specialist|snils|{specialist_id}"


def birth_aad(specialist_id: UUID) -> str:
    """Place to which a sealed birth date is bound."""
    return f"specialist|birth|{specialist_id}"


def birth_of(specialist_id: UUID, sealed: bytes, cipher: FieldCipher) -> date:
    """The birth date of a mirrored person."""
    return date.fromisoformat(cipher.decrypt(sealed, aad=birth_aad(specialist_id)))


async def take_turn(session: WriteSession) -> None:
    """Wait until no other transaction writes the mirror, and hold the turn until this one ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("registry.mirror"))))


async def stored_people(
    session: ReadSession, oids: Iterable[str], cipher: FieldCipher
) -> dict[str, StoredPerson]:
    """Mirrored people by the register's numbers, those that left the register included."""
    rows = (
        await session.execute(select(Specialist).where(col(Specialist.register_oid).in_(list(oids))))
    ).scalars()
    return await _with_children(session, list(rows), cipher)


async def snils_holders(session: ReadSession, indexes: Iterable[bytes]) -> dict[bytes, str]:
    """Who holds each of these СНИЛС (by blind index) in the register now: the register's number."""
    sql = (
        "select snils_index, register_oid from specialist where snils_index = any($1) and removed_at is null"
    )
    rows = await fetch(session, sql, (list(indexes),))
    return {bytes(row["snils_index"]): row["register_oid"] for row in rows}


async def person_by_id(session: ReadSession, viewer: UUID | None, cipher: FieldCipher) -> StoredPerson | None:
    """The viewer's own record; None without one in the register."""
    if viewer is None:
        return None
    rows = (
        await session.execute(
            select(Specialist).where(col(Specialist.id) == viewer, col(Specialist.removed_at).is_(None))
        )
    ).scalars()
    people = await _with_children(session, list(rows), cipher)
    return next(iter(people.values()), None)


async def employers(session: ReadSession, oids: Iterable[str]) -> dict[str, Employer]:
    """Known employers by number."""
    found = await session.execute(select(Employer).where(col(Employer.oid).in_(list(oids))))
    return {row.oid: row for row in found.scalars()}


async def fresh_employer_oids(session: ReadSession, oids: Iterable[str], *, since: datetime) -> set[str]:
    """Which of these employers were read since then."""
    sql = "select oid from employer where oid = any($1) and fetched_at >= $2"
    return {row["oid"] for row in await fetch(session, sql, (list(oids), since))}


async def _with_children(
    session: ReadSession, rows: Sequence[Specialist], cipher: FieldCipher
) -> dict[str, StoredPerson]:
    ids = [row.id for row in rows]
    names = await _children(session, "specialist_name", FormerName, ids)
    educations = await _children(session, "education_document", Education, ids)
    documents = await _children(session, "admission_document", Document, ids, where="removed_at is null")
    jobs = await _children(session, "employment", Employment, ids)
    categories = await _children(session, "qualification_category", Category, ids)
    nominations = await _children(session, "nomination", Nomination, ids)
    people: dict[str, StoredPerson] = {}
    for row in rows:
        shown = documents.get(row.id, [])
        record = Record(
            oid=row.register_oid,
            snils=cipher.decrypt(row.snils_sealed, aad=snils_aad(row.id)),
            last_name=row.last_name,
            first_name=row.first_name,
            patronymic=row.patronymic,
            birth_on=birth_of(row.id, row.birth_sealed, cipher),
            gender="male" if row.gender == "male" else "female",
            citizenship_code=row.citizenship_code,
            citizenship_name=row.citizenship_name,
            former_names=tuple(names.get(row.id, ())),
            educations=tuple(educations.get(row.id, ())),
            certificates=tuple(item for item in shown if item.kind == "certificate"),
            accreditations=tuple(item for item in shown if item.kind != "certificate"),
            employments=tuple(jobs.get(row.id, ())),
            categories=tuple(categories.get(row.id, ())),
            nominations=tuple(nominations.get(row.id, ())),
        )
        people[row.register_oid] = StoredPerson(row, record)
    return people


async def _children(
    session: ReadSession, table: str, kind: type[ChildT], ids: Sequence[UUID], *, where: str = "true"
) -> dict[UUID, list[ChildT]]:
    """Items of one child table by person, in order of their ids."""
    if not ids:
        return {}
    columns = ", ".join(field.name for field in fields(kind))
    sql = (
        f"select specialist_id, {columns} from {table} where specialist_id = any($1) and {where} order by id"  # noqa: S608 names of this module
    )
    grouped: dict[UUID, list[ChildT]] = {}
    for owner, *values in await fetch(session, sql, (list(ids),)):
        grouped.setdefault(owner, []).append(kind(*values))
    return grouped
