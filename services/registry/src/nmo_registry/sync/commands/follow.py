"""One pass over the register's change feed (FRM-02, FRM-03).

Each page is read outside, then written in one transaction together with its events and the cursor. Killed anywhere, the
next pass starts from the cursor: what was not committed is read again, what was committed is not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from nmo_kit import clock, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.ids import uuid7
from nmo_registry.frmr.client import (
    CursorExpiredError,
    FeedPage,
    FrmrClient,
    RegisterBusyError,
    RegisterRefusedError,
    RegisterUnavailableError,
)
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.commands.record_people import Recorded
from nmo_registry.sync import metrics
from nmo_registry.sync.commands.quarantine import release
from nmo_registry.sync.commands.take_in import take_in
from nmo_registry.sync.fetch import fetch_people
from nmo_registry.sync.queries import (
    SOURCE,
    due_in_quarantine,
    running_reconciliation,
    state,
    state_for_update,
)
from nmo_registry.sync.rules import back_off
from nmo_registry.sync.tables import SyncRun

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did.

    Attributes:
        applied: people whose content changed, appeared or left.
        seen: entries of the feed that were read.
        cursor: where the next pass starts.
        complete: the feed was read to its end.
        error: why the pass ended early; None when it did not.
    """

    applied: int
    seen: int
    cursor: str
    complete: bool
    error: str | None = None


class Follower:
    """Follows the change feed of one register."""

    def __init__(
        self, database: Database, client: FrmrClient, cipher: FieldCipher, settings: RegistrySettings
    ) -> None:
        """Take what a pass needs; nothing is asked yet."""
        self._db = database
        self._client = client
        self._cipher = cipher
        self._settings = settings

    async def follow(self, *, force: bool = False, longest_s: float = 10.0) -> Pass:
        """Read the feed from the cursor to its end, or for about `longest_s` seconds.

        After failures the pass does nothing until its time has come, unless `force`. The register's failure or refusal
        does not raise: it is written into the progress, with the time of the next attempt.
        """
        async with self._db.read() as session:
            progress = await state(session)
            # During the first load the feed would only tell of the same people again.
            if not progress.cursor and await running_reconciliation(session) is not None:
                return Pass(0, 0, "", complete=False)
        now = clock.now()
        if not force and progress.next_attempt_at is not None and progress.next_attempt_at > now:
            return Pass(0, 0, progress.cursor, complete=False, error=progress.last_error)
        try:
            done = await self._read_feed(progress.cursor, until=time.monotonic() + longest_s)
            await self._succeeded(done)
            await self._retry_quarantined()
        except (RegisterUnavailableError, RegisterRefusedError) as error:
            return await self._failed(error)
        return done

    async def _read_feed(self, cursor: str, *, until: float) -> Pass:
        run = uuid7()
        applied = seen = 0
        while True:
            try:
                page = await self._client.changes(cursor, self._settings.sync_page_size)
            except CursorExpiredError:
                logger.warning("cursor_expired", cursor=cursor)
                cursor = await self._start_anew(cursor)
                continue
            if not page.entries:
                return Pass(applied, seen, cursor, complete=True)
            recorded = await self._take_page(run, cursor, page)
            if recorded is None:
                # Another worker has moved the cursor: it goes on, this one stops.
                return Pass(applied, seen, cursor, complete=False)
            applied += recorded.applied + recorded.removed
            seen += len(page.entries)
            cursor = page.next_cursor
            if page.is_last(self._settings.sync_page_size):
                return Pass(applied, seen, cursor, complete=True)
            if time.monotonic() > until:
                return Pass(applied, seen, cursor, complete=False)

    async def _take_page(self, run: UUID, cursor: str, page: FeedPage) -> Recorded | None:
        now = clock.now()
        # Those told to be removed are asked for too: the entry may be an old one that came late.
        named = [entry.oid for entry in page.entries]
        fetched = await fetch_people(
            self._client, self._db, named, parallel=self._settings.sync_parallel, now=now
        )
        there = {record.oid for record in fetched.records} | set(fetched.unreadable)
        await failpoints.hit("registry.sync.page_read")
        async with self._db.write() as session:
            progress = await state_for_update(session)
            if progress.cursor != cursor:
                return None
            gone = {entry.oid for entry in page.entries if entry.removed} - there
            recorded = await take_in(session, fetched, gone=gone, cipher=self._cipher, now=now)
            progress.cursor = page.next_cursor
            progress.applied_total += recorded.applied + recorded.removed
            if page.left is not None:
                progress.remaining = page.left
            await _note_run(session, run, cursor, page, recorded, now=now)
            await failpoints.hit("registry.sync.page_written")
        await failpoints.hit("registry.sync.page_committed")
        return recorded

    async def _start_anew(self, expired: str) -> str:
        """Forget the cursor; reading from the beginning writes no event for what is known already."""
        async with self._db.write() as session:
            progress = await state_for_update(session)
            if progress.cursor == expired:
                progress.cursor, progress.remaining = "", None
            return progress.cursor

    async def _retry_quarantined(self) -> None:
        now = clock.now()
        async with self._db.read() as session:
            due = await due_in_quarantine(session, now=now, limit=self._settings.sync_page_size)
        if not due:
            return
        fetched = await fetch_people(
            self._client, self._db, due, parallel=self._settings.sync_parallel, now=now
        )
        # A card that the register no longer has needs no more attempts.
        known = {record.oid for record in fetched.records} | set(fetched.unreadable)
        async with self._db.write() as session:
            await release(session, [oid for oid in due if oid not in known])
            await take_in(session, fetched, gone=[], cipher=self._cipher, now=now)

    async def _succeeded(self, done: Pass) -> None:
        async with self._db.write() as session:
            current = await state_for_update(session)
            current.failures, current.next_attempt_at = 0, None
            if done.complete:
                current.last_success_at, current.remaining = clock.now(), 0
            metrics.show(current)

    async def _failed(self, error: Exception) -> Pass:
        reason = str(error)
        wait_s = error.retry_after_s if isinstance(error, RegisterBusyError) else 0.0
        async with self._db.write() as session:
            progress = await state_for_update(session)
            now = clock.now()
            progress.failures += 1
            progress.last_error, progress.last_error_at = reason, now
            pause = back_off(progress.failures, self._settings.sync_interval_s)
            progress.next_attempt_at = now + max(pause, timedelta(seconds=wait_s))
            metrics.show(progress)
            logger.warning("register_unavailable", reason=reason, failures=progress.failures)
            return Pass(0, 0, progress.cursor, complete=False, error=reason)


async def _note_run(
    session: WriteSession, run: UUID, cursor: str, page: FeedPage, recorded: Recorded, *, now: datetime
) -> None:
    """Progress of the pass, in the transaction of the page it tells of."""
    row = await session.get(SyncRun, run)
    if row is None:
        row = SyncRun(
            id=run,
            source=SOURCE,
            started_at=now,
            finished_at=None,
            from_cursor=cursor,
            to_cursor=cursor,
            seen=0,
            applied=0,
            removed=0,
            quarantined=0,
        )
        session.add(row)
    row.to_cursor, row.finished_at = page.next_cursor, clock.now()
    row.seen += len(page.entries)
    row.applied += recorded.applied
    row.removed += recorded.removed
    row.quarantined += len(recorded.refused)
