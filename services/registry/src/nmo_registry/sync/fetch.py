"""Asks the register for what a page of its change feed needs; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from nmo_kit.db import Database
from nmo_registry.frmr.client import FrmrClient
from nmo_registry.frmr.reading import CardUnreadableError, read_card
from nmo_registry.frmr.record import Record
from nmo_registry.reference_books.queries import specialty_keys
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

    A person whom the register no longer has is left out: the feed tells of the removal further on.

    Raises:
        RegisterUnavailableError, RegisterRefusedError: the first failure ends the reading.
    """
    limit = asyncio.Semaphore(parallel)

    async def card(oid: str) -> tuple[str, Mapping[str, Any] | None]:
        async with limit:
            return oid, await client.card(oid=oid)

    async with database.read() as session:
        keys = await specialty_keys(session)
    fetched = Fetched()
    for oid, raw in await _all(card(oid) for oid in oids):
        if raw is None:
            continue
        try:
            fetched.records.append(read_card(raw, keys))
        except CardUnreadableError as error:
            logger.warning("card_unreadable", register_oid=oid, field=str(error))
            fetched.unreadable[oid] = f"unreadable: {error}"
    fetched.employers = await fetch_employers(client, database, fetched.records, now=now)
    return fetched


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
