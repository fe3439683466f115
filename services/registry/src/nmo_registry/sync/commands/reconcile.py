"""Compare the whole mirror with the register's dump (FRM-02).

The dump is read as a stream in the order of the persons' numbers; each batch is written in one transaction together with
its events and its place, so a process killed anywhere goes on from there. A person whom the dump does not name is not
removed for that: the register itself is asked for each, and for too many nothing is removed without an operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime

import structlog

from nmo_kit import clock, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_registry.frmr.client import DumpExpiredError, FrmrClient, RegisterUnavailableError
from nmo_registry.frmr.record import Record
from nmo_registry.reference_books.queries import specialty_keys
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.commands.load_people import NewPeople, load_people
from nmo_registry.specialists.commands.record_employers import record_employers
from nmo_registry.specialists.commands.record_people import SNILS_TAKEN, record_people
from nmo_registry.specialists.queries import snils_holders, take_turn
from nmo_registry.sync import queries
from nmo_registry.sync.ahead import ahead
from nmo_registry.sync.commands.quarantine import release, set_aside
from nmo_registry.sync.fetch import fetch_employers, fetch_people
from nmo_registry.sync.lines import Batch
from nmo_registry.sync.rules import back_off, may_remove
from nmo_registry.sync.tables import Reconciliation

logger = structlog.get_logger(__name__)
BATCH = 2000
ASKED_AT_ONCE = 100
PATIENCE = 8
"""Attempts in a row without a single card, before a run gives up until it is called again."""
Tell = Callable[[Reconciliation], None]


class MovedElsewhereError(Exception):
    """Another process goes on with this comparison."""


class Reconciler:
    """Compares the mirror with one register."""

    def __init__(
        self, database: Database, client: FrmrClient, cipher: FieldCipher, settings: RegistrySettings
    ) -> None:
        """Take what a comparison needs; nothing is asked yet."""
        self._db = database
        self._client = client
        self._cipher = cipher
        self._settings = settings
        self._all_new = False
        """Whether the last batch held nobody whom the mirror knew."""

    async def run(self, tell: Tell = lambda _: None, *, allow_removals: bool = False) -> Reconciliation:
        """Begin a comparison, or go on with the one that was begun; returns it when it is done or stopped.

        Args:
            tell: called after each batch with the progress.
            allow_removals: remove whom the register does not know, however many they are.

        Raises:
            RegisterUnavailableError: the register was silent several times in a row; the next run goes on from there.
            RegisterRefusedError: the register refuses this system.
            MovedElsewhereError: another process goes on with it.
        """
        row = await self._begun()
        fruitless = 0
        while row.phase == "reading":
            try:
                row = await self._read(row, tell)
            except DumpExpiredError:
                logger.warning("dump_expired")
                await self._stop(row, "dump_expired")
                row = await self._begun()
            except RegisterUnavailableError as error:
                before, row = row.taken, await self._begun()
                fruitless = 0 if row.taken > before else fruitless + 1
                logger.warning("register_unavailable", reason=str(error), attempts=fruitless)
                if fruitless >= PATIENCE:
                    raise
                if fruitless:
                    pause = back_off(fruitless, self._settings.sync_interval_s)
                    await asyncio.sleep(pause.total_seconds())
        if row.phase == "removing":
            row = await self._remove(row, tell, allow_removals=allow_removals)
        return row

    async def _begun(self) -> Reconciliation:
        """The comparison that is under way, or a new one."""
        async with self._db.read() as session:
            running = await queries.running_reconciliation(session)
        if running is not None:
            return running
        dump = await self._client.dump()
        now = clock.now()
        row = Reconciliation(
            source=queries.SOURCE, dump_id=dump.dump_id, feed_cursor=dump.cursor, total=dump.total, place="",
            taken=0, appeared=0, changed=0, removed=0, unreadable=0, phase="reading", stopped_because=None,
            started_at=now, updated_at=now, finished_at=None,
        )  # fmt: skip
        async with self._db.write() as session:
            await queries.forget_missing(session)
            session.add(row)
        return row

    async def _read(self, row: Reconciliation, tell: Tell) -> Reconciliation:
        async with aclosing(ahead(self._batches(row))) as batches:
            async for batch in batches:
                row = await self._take(row, batch)
                tell(row)
        if row.phase == "reading":
            raise RegisterUnavailableError("the dump ended before its last line")
        return row

    async def _batches(self, row: Reconciliation) -> AsyncGenerator[Batch, None]:
        async with self._db.read() as session:
            keys = await specialty_keys(session)
        batch = Batch(keys)
        try:
            async for lines in self._client.dump_lines(row.dump_id, row.place):
                for line in lines:
                    batch.add(line)
                    if batch.ends or batch.lines >= BATCH:
                        if self._all_new:
                            # The database works on the batch before meanwhile.
                            await batch.make_ready(self._cipher, now=clock.now())
                        yield batch
                        batch = Batch(keys)
        except RegisterUnavailableError:
            # What came before the link broke is good; only whole lines are in it.
            if batch.lines:
                yield batch
            raise
        if batch.lines:
            # The answer ended before the dump did: what came is good here too.
            yield batch

    async def _take(self, row: Reconciliation, batch: Batch) -> Reconciliation:
        now = clock.now()
        employers = await fetch_employers(self._client, self._db, batch.records.values(), now=now)
        await failpoints.hit("registry.reconcile.batch_read")
        async with self._db.write() as session:
            await take_turn(session)
            kept = await queries.reconciliation_for_update(session, row.id)
            if kept.place != row.place or kept.phase != row.phase:
                raise MovedElsewhereError
            await record_employers(session, employers, now=now)
            await self._write(session, kept, batch, now)
            kept.updated_at = now
            if batch.ends:
                kept.phase = "removing"
            await failpoints.hit("registry.reconcile.batch_written")
        await failpoints.hit("registry.reconcile.batch_committed")
        return kept

    async def _write(self, session: WriteSession, kept: Reconciliation, batch: Batch, now: datetime) -> None:
        numbers = batch.numbers
        last = max([kept.place, *numbers])
        known = await queries.known_between(session, kept.place, None if batch.ends else last, also=numbers)
        new = [record for oid, record in batch.records.items() if oid not in known]
        changed = [
            record
            for oid, record in batch.records.items()
            if oid in known and (known[oid].removed or known[oid].register_version != record.version)
        ]
        known_indexes = batch.ready.indexes if batch.ready else {}
        new, refused = await self._free(session, new, known_indexes)
        self._all_new = len(new) == len(batch.records)
        ready = batch.ready if self._all_new else None
        await load_people(session, ready or NewPeople.of(new, cipher=self._cipher, now=now))
        recorded = await record_people(session, changed, cipher=self._cipher, now=now)
        faulty = {**batch.unreadable, **refused, **recorded.refused}
        await set_aside(session, faulty, now=now)
        await release(session, [oid for oid in batch.records if oid not in faulty])
        named = set(numbers)
        unnamed = [oid for oid, person in known.items() if oid not in named and not person.removed]
        await queries.note_missing(session, unnamed, seen=[oid for oid in numbers if oid <= kept.place])
        kept.place = last
        kept.taken += batch.lines
        kept.appeared += len(new)
        kept.changed += recorded.applied
        kept.unreadable += len(faulty) + batch.nameless

    async def _free(
        self, session: WriteSession, new: Sequence[Record], indexes: Mapping[str, bytes]
    ) -> tuple[list[Record], dict[str, str]]:
        """Those whose СНИЛС nobody holds, in the mirror and among themselves; the others with the reason."""
        indexes = indexes or {record.oid: self._cipher.blind_index(record.snils) for record in new}
        holders = await snils_holders(session, set(indexes.values()))
        free, refused = [], {}
        for record in new:
            if holders.setdefault(indexes[record.oid], record.oid) == record.oid:
                free.append(record)
            else:
                refused[record.oid] = SNILS_TAKEN
        return free, refused

    async def _remove(self, row: Reconciliation, tell: Tell, *, allow_removals: bool) -> Reconciliation:
        async with self._db.read() as session:
            missing = await queries.count_missing(session)
            mirrored = await queries.mirrored(session)
        if not (allow_removals or may_remove(missing, mirrored)):
            logger.error("too_many_missing", count=missing, total=mirrored)
            return await self._stop(row, "too_many_missing")
        while asked := await self._next_missing():
            row = await self._ask_for(row, asked)
            tell(row)
        return await self._finish(row)

    async def _next_missing(self) -> list[str]:
        async with self._db.read() as session:
            return await queries.some_missing(session, ASKED_AT_ONCE)

    async def _ask_for(self, row: Reconciliation, asked: Sequence[str]) -> Reconciliation:
        """Ask the register for those whom the dump did not name: whoever it does not know either is removed."""
        now = clock.now()
        fetched = await fetch_people(
            self._client, self._db, asked, parallel=self._settings.sync_parallel, now=now
        )
        there = {record.oid for record in fetched.records} | set(fetched.unreadable)
        async with self._db.write() as session:
            kept = await queries.reconciliation_for_update(session, row.id)
            gone = [oid for oid in asked if oid not in there]
            recorded = await record_people(session, fetched.records, gone=gone, cipher=self._cipher, now=now)
            await record_employers(session, fetched.employers, now=now)
            await set_aside(session, {**fetched.unreadable, **recorded.refused}, now=now)
            await queries.note_missing(session, [], seen=asked)
            kept.removed += recorded.removed
            kept.changed += recorded.applied
            kept.updated_at = now
            await failpoints.hit("registry.reconcile.removed")
        return kept

    async def _finish(self, row: Reconciliation) -> Reconciliation:
        now = clock.now()
        async with self._db.write() as session:
            kept = await queries.reconciliation_for_update(session, row.id)
            kept.phase, kept.finished_at, kept.updated_at = "done", now, now
            progress = await queries.state_for_update(session)
            if not progress.cursor and await queries.held(session) >= kept.total:
                # The first load: what came before the dump need not be read again from the feed, if all of it came.
                progress.cursor = kept.feed_cursor
            progress.last_success_at = max(progress.last_success_at or kept.started_at, kept.started_at)
        return kept

    async def _stop(self, row: Reconciliation, reason: str) -> Reconciliation:
        async with self._db.write() as session:
            kept = await queries.reconciliation_for_update(session, row.id)
            kept.phase, kept.stopped_because, kept.finished_at = "stopped", reason, clock.now()
        return kept
