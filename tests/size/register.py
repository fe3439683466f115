"""The mirror of the register at any size: invented people with valid СНИЛС, written by COPY."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg

from nmo_contracts.organizations import medical_organization_id
from nmo_contracts.purposes import EMPLOYER, MAIN
from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, ReadSession
from nmo_registry.base import Model
from nmo_registry.documents.queries import documents_of
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.employments.queries import employments_of
from nmo_registry.frmr.record import Employment, FormerName, Record, stable_id
from nmo_registry.lookup.queries import mirrored_by_snils
from nmo_registry.medical_organizations import queries as medical_organizations
from nmo_registry.specialists.commands.record_people import record_people
from nmo_registry.specialists.queries import (
    birth_aad,
    employers,
    fresh_employer_oids,
    person_by_id,
    snils_aad,
    snils_holders,
    stored_people,
)
from nmo_registry.specialists.tables import (
    EducationDocument,
    Employer,
    EmploymentRow,
    NominationRow,
    QualificationCategory,
    Specialist,
    SpecialistName,
)
from nmo_registry.staff.queries import staff_of
from tests.e2e.people import snils_of
from tests.size.copying import copy_records, without_indexes

SEED = 20_160_101
EMPLOYEES = 100
"""People of one employer."""
EMPLOYERS = 100_000
PAGE = 20
_SURNAMES = (
    "Берёзкин",
    "Вершинин",
    "Дубровин",
    "Ермолин",
    "Жаворонков",
    "Кедров",
    "Луговой",
    "Осинин",
    "Рябинин",
)
_ENDINGS = ("", "ский", "ов", "енко", "ин")
_NAMES = ("Пётр", "Иван", "Семён", "Глеб", "Лев", "Марк", "Роман", "Фёдор", "Юрий", "Ян")
_PATRONYMICS = ("Петрович", "Иванович", "Семёнович", "Глебович", "Львович", None)
_SPECIALTIES = tuple((f"VO-{number:03d}", f"Специальность {number}") for number in range(1, 119))
CIPHER = FieldCipher(bytes(range(32)), bytes(range(32, 64)))
"""Keys of invented people only."""
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_ACCOUNTS = """
insert into person_record (person_id, specialist_id, matched_at) select gen_random_uuid(), id, now() from specialist
where id < '55555555-5555-5555-5555-555555555555'
"""
_CONSENTS = """
insert into identity_consent_copy (person_id, purpose, granted, at)
select person_id, purpose, true, now() from person_record, unnest($1::text[]) purpose
"""


def oid(number: int) -> str:
    """The register's number of a person."""
    return f"2024.{number:09d}"


def snils(number: int) -> str:
    """With a right control number."""
    return snils_of(100_000_000 + number)


def _employer_oid(number: int) -> str:
    return f"1.2.643.5.1.13.13.12.2.77.{number}"


class _Rows:
    """Rows of all tables for one person after another, from one seed."""

    def __init__(self, employers: int) -> None:
        self._dice = random.Random(SEED)
        self._employers = employers

    def person(self, number: int) -> Iterator[tuple[type[Model], tuple[Any, ...]]]:
        """Shares of documents, jobs and changed names are near those of real registers."""
        dice, identifier = self._dice, stable_id("person", oid(number))
        last = dice.choice(_SURNAMES) + dice.choice(_ENDINGS)
        born = date(1955, 1, 1) + timedelta(days=dice.randint(0, 16_000))
        sealed = CIPHER.encrypt(snils(number), aad=snils_aad(identifier))
        birth = CIPHER.encrypt(born.isoformat(), aad=birth_aad(identifier))
        names = (last, dice.choice(_NAMES), dice.choice(_PATRONYMICS))
        removed = _NOW if dice.random() < 0.02 else None
        yield Specialist, (
            identifier, oid(number), sealed, CIPHER.blind_index(snils(number)), *names, birth,
            "male", "643", "Россия", f"{number:032x}", 1, _NOW, _NOW, removed, "{}",
        )  # fmt: skip
        if dice.random() < 0.1:
            yield SpecialistName, (self._id(), identifier, f"{last}а", *names[1:], date(2010, 1, 1))
        for _ in range(dice.choice((1, 1, 1, 2))):
            yield EducationDocument, (
                self._id(), identifier, "professional", "высшее", "Академия", "Лечебное дело", "врач", "ВСГ",
                str(dice.randint(1, 9_999_999)), born + timedelta(days=8400), None,
            )  # fmt: skip
        yield from self._admissions(identifier)
        for _ in range(dice.choice((1, 1, 1, 2))):
            yield EmploymentRow, (
                self._id(), identifier, _employer_oid(dice.randrange(self._employers)), "врач", Decimal(1), "main",
                date(2015, 1, 1), date(2020, 1, 1) if dice.random() < 0.2 else None, "Терапевтическое отделение",
            )  # fmt: skip
        if dice.random() < 0.2:
            key, name = dice.choice(_SPECIALTIES)
            yield QualificationCategory, (
                self._id(), identifier, "высшая", key, name, date(2023, 1, 1), date(2028, 1, 1),
            )  # fmt: skip
        if dice.random() < 0.05:
            yield NominationRow, (self._id(), identifier, "Отличник", str(number), date(2022, 6, 19))

    def _admissions(self, identifier: UUID) -> Iterator[tuple[type[Model], tuple[Any, ...]]]:
        dice = self._dice
        for _ in range(dice.choice((1, 1, 2, 3))):
            key, name = dice.choice(_SPECIALTIES)
            passed = date(2021, 1, 1) + timedelta(days=dice.randint(0, 2000))
            kind = dice.choice(("certificate", "accreditation"))
            numbers = ("", "") if kind == "certificate" else (f"77{passed:%y%m%d}", f"{passed:%y%m}-21")
            yield AdmissionDocument, (
                self._id(), identifier, kind, key, name, "77",
                str(dice.randint(1, 9_999_999)), passed, passed, passed + timedelta(days=1826), "", *numbers, None,
            )  # fmt: skip

    def _id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)


async def load(url: str, count: int) -> int:
    """Fill a migrated registry database with `count` people; returns how many."""
    connection = await asyncpg.connect(url)
    tables = (
        Specialist, SpecialistName, EducationDocument, AdmissionDocument, EmploymentRow, QualificationCategory,
        NominationRow,
    )  # fmt: skip
    names = [str(table.__tablename__) for table in tables]
    number_of_employers = max(50, count // EMPLOYEES)
    rows, numbers = _Rows(number_of_employers), iter(range(count))
    try:
        # Most without staff: a table as big as the register's own has its plans judged.
        known = max(number_of_employers, min(count, EMPLOYERS))
        await _copy(connection, Employer, list(_employers(known)))
        async with without_indexes(connection, *names):
            while batch := list(islice(numbers, 5000)):
                made: dict[type[Model], list[tuple[Any, ...]]] = {table: [] for table in tables}
                for number in batch:
                    for table, row in rows.person(number):
                        made[table].append(row)
                for table, records in made.items():
                    await _copy(connection, table, records)
        await connection.execute(_ACCOUNTS)
        await connection.execute(_CONSENTS, [MAIN, EMPLOYER])
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return count


async def _copy(connection: asyncpg.Connection, table: type[Model], records: list[tuple[Any, ...]]) -> None:
    """Columns that the records leave out at their end are null."""
    if records:
        columns = list(table.model_fields)[: len(records[0])]
        await copy_records(connection, str(table.__tablename__), columns, records)


def _employers(count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        yield (
            _employer_oid(number), f"Больница № {number}", f"ГБ № {number}", f"ул. Новая, д. {number}",
            "77", "Москва", True, _NOW, medical_organization_id(_employer_oid(number)),
        )  # fmt: skip


async def ask(database: Database) -> None:
    """A match, a card, a page of the feed read and written."""
    numbers = random.Random(SEED).sample(range(1000), PAGE)
    oids = [oid(number) for number in numbers]
    identifier = stable_id("person", oids[0])
    assert await mirrored_by_snils(database, snils(1), CIPHER) is not None
    async with database.read() as session:
        people = await stored_people(session, oids, CIPHER)
        assert len(people) == PAGE
        await person_by_id(session, identifier, CIPHER)
        await snils_holders(session, [CIPHER.blind_index(snils(number)) for number in numbers])
        await documents_of(session, identifier)
        await employments_of(session, identifier)
        await _staff(session)
        await _organizations(session)
        known = [_employer_oid(number) for number in range(PAGE)]
        await employers(session, known)
        await fresh_employer_oids(session, known, since=_NOW)
    async with database.write() as session:
        recorded = await record_people(
            session, [_changed(people[number].record) for number in oids[:15]], gone=oids[15:],
            cipher=CIPHER, now=clock.now(),
        )  # fmt: skip
        assert recorded.applied
        assert recorded.removed


async def _staff(session: ReadSession) -> None:
    """The first page of an organisation's staff, and the next."""
    own, today = medical_organization_id(_employer_oid(1)), clock.today()
    page = await staff_of(session, own, after=None, limit=PAGE, today=today)
    assert page.staff_total >= page.shown >= len(page.rows) == PAGE
    last = page.rows[-1]
    place = (last["last_name"], last["first_name"], last["patronymic"], last["person_id"])
    await staff_of(session, own, after=place, limit=PAGE, today=today)


async def _organizations(session: ReadSession) -> None:
    """By words of the name, and by ids."""
    found = await medical_organizations.found(session, ["больница", "77"], limit=PAGE)
    assert "Больница № 77" in {row["name"] for row in found}
    wanted = [medical_organization_id(_employer_oid(number)) for number in range(PAGE)]
    assert len(await medical_organizations.named(session, wanted)) == PAGE


def _changed(record: Record) -> Record:
    """Another name and another job."""
    former = FormerName(stable_id("name", record.oid), record.last_name, record.first_name, None, None)
    job = Employment(
        stable_id("job", record.oid), _employer_oid(1), "врач", Decimal(1), "main", date(2026, 1, 1), None
    )
    return replace(record, last_name="Новый", former_names=(former,), employments=(job,))
