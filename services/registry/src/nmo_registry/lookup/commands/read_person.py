"""Read one person at the register because they are at the door (FRM-02): within the quota, each number once at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any

import structlog

from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.snils import Snils
from nmo_registry.frmr.client import (
    AnswerUnreadableError,
    FrmrClient,
    RegisterRefusedError,
    RegisterUnavailableError,
)
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.values import NUMBER, CardUnreadableError
from nmo_registry.lookup.quota import Quota, QuotaSpentError
from nmo_registry.reference_books.queries import card_books
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.commands.quarantine import set_aside
from nmo_registry.sync.commands.take_in import take_in
from nmo_registry.sync.fetch import Fetched, employers_of, fetch_employers
from nmo_registry.sync.tables import SyncQuarantine

logger = structlog.get_logger(__name__)
MOST_ABSENT = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a question.

    Attributes:
        asked_at: when the register answered; None if it did not in time, or not so that it can be read.
        unreadable: the register has a card for this number, or an answer, that cannot be read.
    """

    asked_at: datetime | None = None
    unreadable: bool = False


class PersonReader:
    """Asks the register about single people for those who wait for the answer.

    Promised for this process: no more questions a minute than the quota, no second question about a number while one is
    under way, none about a number that the register did not know a moment ago, and no longer wait for turn and answer
    than `match_timeout_s`. Other processes have the same for themselves. Numbers are kept as blind indexes only.
    """

    def __init__(
        self, database: Database, client: FrmrClient, cipher: FieldCipher, settings: RegistrySettings
    ) -> None:
        """Take what a question needs; nothing is asked yet."""
        self._db = database
        self._client = client
        self._cipher = cipher
        self._patience_s = settings.match_timeout_s
        self._absent_for_s = settings.match_absent_s
        self._quota = Quota(settings.match_per_minute)
        self._under_way: dict[bytes, asyncio.Task[Reading]] = {}
        self._absent: OrderedDict[bytes, tuple[float, datetime]] = OrderedDict()

    async def read(self, snils: Snils, *, fresh: bool) -> Reading:
        """Ask about one number and write the answer into the mirror.

        Args:
            snils: the number.
            fresh: ask even if the register did not know the number a moment ago.

        Side effects: the person's record in the mirror; a card that cannot be read or written is set aside.
        """
        index = self._cipher.blind_index(snils)
        found_at, asked_at = self._absent.get(index, (-inf, None))
        if not fresh and monotonic() - found_at < self._absent_for_s:
            return Reading(asked_at=asked_at)
        task = self._under_way.get(index)
        if task is None:
            task = asyncio.create_task(self._asked(snils, index))
            self._under_way[index] = task
            task.add_done_callback(lambda _: self._under_way.pop(index, None))
        # Whoever leaves must not take the answer from the others.
        return await asyncio.shield(task)

    async def _asked(self, snils: Snils, index: bytes) -> Reading:
        now = clock.now()
        raw: Mapping[str, Any] | None = None
        try:
            # Sign-in waits for this: a slow register must not hold it.
            async with asyncio.timeout(self._patience_s):
                await self._quota.take(self._patience_s)
                raw = await self._client.card(snils=str(snils))
                fetched = await self._understood(raw, now)
        except AnswerUnreadableError as error:
            return await self._unreadable(error.number, "broken answer", now)
        except CardUnreadableError as error:
            return await self._unreadable(str((raw or {}).get("oid", "")), str(error), now)
        except (RegisterUnavailableError, RegisterRefusedError, QuotaSpentError, TimeoutError) as error:
            logger.warning("read_through_failed", error=type(error).__name__, reason=str(error))
            return Reading()
        if [record.snils for record in fetched.records] == [snils]:
            async with self._db.write() as session:
                await take_in(session, fetched, gone=[], cipher=self._cipher, now=now)
        elif raw is None:
            self._note_absent(index, now)
        return Reading(asked_at=now)

    async def _understood(self, raw: Mapping[str, Any] | None, now: datetime) -> Fetched:
        if raw is None:
            return Fetched()
        async with self._db.read() as session:
            books = await card_books(session)
        record = read_card(raw, books)
        employers = await fetch_employers(self._client, self._db, employers_of([record]), now=now)
        return Fetched([record], {}, employers)

    async def _unreadable(self, number: str, reason: str, now: datetime) -> Reading:
        logger.warning("card_unreadable", field=reason)
        if NUMBER.fullmatch(number):
            async with self._db.write() as session:
                # Whoever signs in again and again does not put off the next attempt.
                if await session.get(SyncQuarantine, number) is None:
                    await set_aside(session, {number: f"unreadable: {reason}"}, now=now)
        return Reading(unreadable=True)

    def _note_absent(self, index: bytes, now: datetime) -> None:
        self._absent[index] = monotonic(), now
        self._absent.move_to_end(index)
        if len(self._absent) > MOST_ABSENT:
            self._absent.popitem(last=False)
