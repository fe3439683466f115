"""Asks the register for what a page of its change feed needs; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from nmo_kit.db import Database
from nmo_registry.frmr.client import AnswerUnreadableError, FrmrClient
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Record
from nmo_registry.frmr.values import CardUnreadableError
from nmo_registry.reference_books.queries import specialty_keys
from nmo_registry.reference_books.specialties import SpecialtyKeys
from nmo_registry.specialists.queries import fresh_employer_oids

logger = structlog.get_logger(__name__)
EMPLOYER_AGE = timedelta(days=1)


@dataclass(slots=True)
class Fetched:
    """Cards as read.

    Attributes:
        records: readable cards.
        unreadable: numbers of the others with the reason.
        employers: organisations that the cards name and the mirror does not know or has not read for a day.
    """

    records: list[Record] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    employers: dict[str, Mapping[str, Any]] = field(default_factory=dict)


async def fetch_people(
    client: FrmrClient, database: Database, oids: Iterable[str], *, parallel: int, now: datetime
) -> Fetched:
    """Read the cards of these people and their employers.

    A person whom the register no longer has is left out. A number that comes twice is asked for once.

    Raises:
        RegisterUnavailableError, RegisterRefusedError: the first failure ends the reading; of broken answers, if there
            are several and no other.
    """
    limit = asyncio.Semaphore(parallel)

    async def card(oid: str) -> tuple[str, Mapping[str, Any] | AnswerUnreadableError | None]:
        async with limit:
            try:
                return oid, await client.card(oid=oid)
            except AnswerUnreadableError as error:
                return oid, error

    async with database.read() as session:
        keys = await specialty_keys(session)
    answers = await _all(card(oid) for oid in dict.fromkeys(oids))
    _refuse_if_all_broken([answer for _, answer in answers])
    fetched, records = Fetched(), {}
    for oid, raw in answers:
        if raw is None:
            continue
        try:
            record = _read(raw, keys)
            records[record.oid] = record
        except CardUnreadableError as error:
            logger.warning("card_unreadable", register_oid=oid, field=str(error))
            fetched.unreadable[oid] = f"unreadable: {error}"
    fetched.records = list(records.values())
    fetched.employers = await fetch_employers(client, database, fetched.records, now=now)
    return fetched


def _read(answer: Mapping[str, Any] | AnswerUnreadableError, keys: SpecialtyKeys) -> Record:
    if isinstance(answer, AnswerUnreadableError):
        raise CardUnreadableError("broken answer")
    return read_card(answer, keys)


def _refuse_if_all_broken(answers: Sequence[object]) -> None:
    """One broken answer is a fault of that card; nothing but broken answers is a fault of the register."""
    broken = [answer for answer in answers if isinstance(answer, AnswerUnreadableError)]
    if len(broken) == len(answers) and len(broken) > 1:
        raise broken[0]


async def fetch_employers(
    client: FrmrClient, database: Database, records: Iterable[Record], *, now: datetime
) -> dict[str, Mapping[str, Any]]:
    """Read the organisations that these records name and the mirror does not hold fresh; unknown ones come empty.

    Raises:
        RegisterUnavailableError, RegisterRefusedError.
    """
    named = {job.employer_oid for record in records for job in record.employments}
    if not named:
        return {}
    async with database.read() as session:
        wanted = named - await fresh_employer_oids(session, named, since=now - EMPLOYER_AGE)

    async def one(oid: str) -> tuple[str, Mapping[str, Any]]:
        return oid, await client.organization(oid) or {}

    return dict(await _all(one(oid) for oid in sorted(wanted)))


async def _all(work: Iterable[Any]) -> list[Any]:
    """Gather; the first failure cancels the rest and is raised as it is."""
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
