"""Asks the register for what a page of its change feed needs; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from nmo_kit.db import Database
from nmo_registry.frmr.client import AnswerUnreadableError, FrmrClient
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Record
from nmo_registry.frmr.values import CardUnreadableError
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.reference_books.queries import card_books
from nmo_registry.specialists.queries import fresh_employer_oids
from nmo_registry.sync.queries import readable_neighbours

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

    A person whom the register no longer has is left out. A number that comes twice is asked for once. Broken answers
    are faults of these cards, unless the register gives nothing else about their neighbours in the mirror either.

    Raises:
        RegisterUnavailableError, RegisterRefusedError: the first failure ends the reading.
    """
    limit = asyncio.Semaphore(parallel)

    async def card(oid: str) -> tuple[str, Mapping[str, Any] | AnswerUnreadableError | None]:
        async with limit:
            try:
                return oid, await client.card(oid=oid)
            except AnswerUnreadableError as error:
                return oid, error

    async with database.read() as session:
        books = await card_books(session)
    answers = await _all(card(oid) for oid in dict.fromkeys(oids))
    await _refuse_if_all_is_broken(client, database, dict(answers))
    fetched, records = Fetched(), {}
    for oid, raw in answers:
        if raw is None:
            continue
        try:
            record = _read(raw, books)
            records[record.oid] = record
        except CardUnreadableError as error:
            logger.warning("card_unreadable", register_oid=oid, field=str(error))
            fetched.unreadable[oid] = f"unreadable: {error}"
    fetched.records = list(records.values())
    fetched.employers = await fetch_employers(client, database, employers_of(fetched.records), now=now)
    return fetched


def _read(answer: Mapping[str, Any] | AnswerUnreadableError, books: CardBooks) -> Record:
    if isinstance(answer, AnswerUnreadableError):
        raise CardUnreadableError("broken answer")
    return read_card(answer, books)


async def _refuse_if_all_is_broken(
    client: FrmrClient, database: Database, answers: Mapping[str, object]
) -> None:
    """Tell a register whose every answer is broken from broken cards: cards that were readable before decide.

    Without any such, one broken answer is a fault of the card, and several are one of the register.
    """
    broken = [answer for answer in answers.values() if isinstance(answer, AnswerUnreadableError)]
    if not broken or len(broken) < len(answers):
        return
    async with database.read() as session:
        others = await readable_neighbours(session, list(answers))
    for oid in others:
        try:
            await client.card(oid=oid)
        except AnswerUnreadableError:
            continue
        return
    if others or len(broken) > 1:
        raise broken[0]


def employers_of(records: Iterable[Record]) -> set[str]:
    """Numbers of the organisations that these records name."""
    return {job.employer_oid for record in records for job in record.employments}


async def fetch_employers(
    client: FrmrClient, database: Database, named: Collection[str], *, now: datetime
) -> dict[str, Mapping[str, Any]]:
    """Read those of the named organisations that the mirror does not hold fresh; unknown ones come empty.

    Raises:
        RegisterUnavailableError, RegisterRefusedError.
    """
    if not named:
        return {}
    async with database.read() as session:
        wanted = set(named) - await fresh_employer_oids(session, named, since=now - EMPLOYER_AGE)

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
