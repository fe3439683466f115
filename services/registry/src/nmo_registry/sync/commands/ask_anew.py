"""Ask the register itself for the people about whom its dump does not decide (FRM-02).

Two kinds wait in `reconciliation_missing`: whom the dump did not name, and of whom the mirror may know something newer
than the dump. Killed anywhere, those who were not settled are asked for by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from nmo_kit import clock, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_registry.frmr.client import CursorExpiredError, FrmrClient, RegisterUnavailableError
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.queries import take_turn
from nmo_registry.sync import queries
from nmo_registry.sync.commands.take_in import take_in
from nmo_registry.sync.fetch import fetch_people
from nmo_registry.sync.tables import Reconciliation

logger = structlog.get_logger(__name__)
ASKED_AT_ONCE = 100
Tell = Callable[[Reconciliation], None]


class AskAnew:
    """The last part of a comparison: the register's own word about single people."""

    def __init__(
        self, database: Database, client: FrmrClient, cipher: FieldCipher, settings: RegistrySettings
    ) -> None:
        """Take what the questions need; nothing is asked yet."""
        self._db = database
        self._client = client
        self._cipher = cipher
        self._settings = settings

    async def named_after(self, cursor: str) -> tuple[set[str], str]:
        """Whom the change feed names from a cursor to its end, and the cursor of that end; no card is read.

        Raises:
            RegisterUnavailableError, RegisterRefusedError: the feed does not reach back to the cursor either.
        """
        try:
            return await self._listed(cursor)
        except CursorExpiredError as error:
            raise RegisterUnavailableError("the change feed does not reach back to the dump") from error

    async def settle_doubtful(self, row: Reconciliation, tell: Tell) -> Reconciliation:
        """Ask for all of whom the mirror may know something newer, those included who changed meanwhile.

        Raises:
            RegisterUnavailableError, RegisterRefusedError.
        """
        await self._note_later_changes(row)
        return await self._settle(row, tell, doubtful=True)

    async def settle_missing(self, row: Reconciliation, tell: Tell) -> Reconciliation:
        """Ask for those whom the dump did not name; whoever the register does not know either is removed.

        Raises:
            RegisterUnavailableError, RegisterRefusedError.
        """
        return await self._settle(row, tell, doubtful=False)

    async def _listed(self, cursor: str) -> tuple[set[str], str]:
        named: set[str] = set()
        limit = self._settings.sync_page_size
        while True:
            page = await self._client.changes(cursor, limit)
            named.update(entry.oid for entry in page.entries)
            cursor = page.next_cursor
            if page.is_last(limit):
                return named, cursor

    async def _note_later_changes(self, row: Reconciliation) -> None:
        """Whoever changed while the dump was read is doubtful: a removal of somebody not yet here left no trace."""
        async with self._db.read() as session:
            if not (await queries.state(session)).cursor:
                # The feed is read from the dump on when this is done.
                return
        try:
            named, read_to = await self._listed(row.feed_read_to or row.feed_cursor)
        except CursorExpiredError:
            # The follower's cursor is of the same feed: it reads all of it anew.
            logger.warning("cursor_expired", cursor=row.feed_read_to)
            return
        async with self._db.write() as session:
            kept = await queries.reconciliation_for_update(session, row.id)
            await queries.note_doubtful(session, named)
            kept.feed_read_to = read_to

    async def _settle(self, row: Reconciliation, tell: Tell, *, doubtful: bool) -> Reconciliation:
        while asked := await self._next(doubtful=doubtful):
            row = await self._ask(row, asked)
            tell(row)
        return row

    async def _next(self, *, doubtful: bool) -> list[str]:
        async with self._db.read() as session:
            return await queries.some_unsettled(session, ASKED_AT_ONCE, doubtful=doubtful)

    async def _ask(self, row: Reconciliation, asked: Sequence[str]) -> Reconciliation:
        now = clock.now()
        fetched = await fetch_people(
            self._client, self._db, asked, parallel=self._settings.sync_parallel, now=now
        )
        there = {record.oid for record in fetched.records} | set(fetched.unreadable)
        async with self._db.write() as session:
            await take_turn(session)
            kept = await queries.reconciliation_for_update(session, row.id)
            # The follower may have been told more in this very moment.
            newer = await queries.told_since(session, asked, now)
            fetched.records = [record for record in fetched.records if record.oid not in newer]
            gone = [oid for oid in asked if oid not in there and oid not in newer]
            recorded = await take_in(session, fetched, gone=gone, cipher=self._cipher, now=now)
            await queries.settle(session, asked)
            kept.removed += recorded.removed
            kept.changed += recorded.applied
            kept.updated_at = now
            await failpoints.hit("registry.reconcile.removed")
        return kept
