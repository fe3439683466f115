"""Compare the whole mirror with the register's dump (FRM-02).

The dump is read as a stream in the order of the persons' numbers; each batch is written in one transaction together with
its events and its place, so a process killed anywhere goes on from there. A person whom the dump does not name is not
removed for that: the register itself is asked for each, and for too many nothing is removed without an operator.

The dump is older than the mirror about whoever changed after it. They are not brought back to it: those whom the change
feed names after the dump, and those of whom the register told something since the comparison began, are asked for anew
(`ask_anew`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog

from nmo_kit import clock, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_registry.frmr.client import DumpExpiredError, FrmrClient, RegisterUnavailableError
from nmo_registry.reference_books.queries import card_books
from nmo_registry.settings import RegistrySettings
from nmo_registry.specialists.commands.load_people import NewPeople, load_people
from nmo_registry.specialists.commands.record_employers import record_employers
from nmo_registry.specialists.commands.record_people import SNILS_TAKEN, incomplete, record_people
from nmo_registry.specialists.queries import snils_holders, take_turn
from nmo_registry.sync import queries
from nmo_registry.sync.ahead import ahead, worked_on
from nmo_registry.sync.commands.ask_anew import AskAnew, Tell
from nmo_registry.sync.commands.quarantine import release, set_aside
from nmo_registry.sync.fetch import fetch_employers
from nmo_registry.sync.lines import Batch, Head, LineReader
from nmo_registry.sync.readers import readers
from nmo_registry.sync.rules import DUMP_EXPIRED, back_off, may_remove
from nmo_registry.sync.tables import Reconciliation

logger = structlog.get_logger(__name__)
BATCH = 1500
SKEW = timedelta(seconds=10)
"""Clocks of two processes differ by less."""
PATIENCE = 8
"""Attempts in a row without a single card, before a run gives up until it is called again."""


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
        self._rest = AskAnew(database, client, cipher, settings)
        self._doubtful: frozenset[str] = frozenset()
        """Whom the feed named after the dump when the comparison began."""
        self._all_new = False
        """Whether the last batch held nobody whom the mirror knew."""

    async def run(
        self, tell: Tell = lambda _: None, *, allow_removals: bool = False, patience: int | None = None
    ) -> Reconciliation:
        """Begin a comparison, or go on with the one that was begun; returns it when it is done or stopped.

        Args:
            tell: called after each batch with the progress; what it raises ends the run, and the next goes on.
            allow_removals: remove whom the register does not know, however many they are.
            patience: attempts in a row without a single card, before it gives up; `PATIENCE` when not told.

        Raises:
            RegisterUnavailableError: the register was silent several times in a row; the next run goes on from there.
            RegisterRefusedError: the register refuses this system.
            MovedElsewhereError: another process goes on with it.
        """
        patience = PATIENCE if patience is None else patience
        row = await self._begun()
        fruitless = 0
        while row.phase == "reading":
            try:
                row = await self._read(row, tell)
            except DumpExpiredError:
                logger.warning("dump_expired")
                await self._stop(row, DUMP_EXPIRED)
                row = await self._begun()
            except RegisterUnavailableError as error:
                before, row = row.taken, await self._begun()
                fruitless = 0 if row.taken > before else fruitless + 1
                logger.warning("register_unavailable", reason=str(error), attempts=fruitless)
                if fruitless >= patience:
                    raise
                if fruitless:
                    pause = back_off(fruitless, self._settings.sync_interval_s)
                    await asyncio.sleep(pause.total_seconds())
        if row.phase == "removing":
            row = await self._settle(row, tell, allow_removals=allow_removals)
        return row

    async def _begun(self) -> Reconciliation:
        """The comparison that is under way, or a new one."""
        async with self._db.read() as session:
            row = await queries.running_reconciliation(session)
            follows = (await queries.state(session)).cursor != ""
        if row is None:
            row = await self._begin(follows=follows)
        async with self._db.read() as session:
            self._doubtful = await queries.doubtful(session)
        return row

    async def _begin(self, *, follows: bool) -> Reconciliation:
        # Before the dump is asked for: whatever is read from now on may be newer than it.
        now = clock.now()
        dump = await self._client.dump()
        # A mirror that follows no feed yet reads it from the dump on afterwards.
        changed, read_to = await self._rest.named_after(dump.cursor) if follows else (set(), dump.cursor)
        row = Reconciliation(
            source=queries.SOURCE, dump_id=dump.dump_id, feed_cursor=dump.cursor, total=dump.total, place="",
            taken=0, appeared=0, changed=0, removed=0, unreadable=0, phase="reading", stopped_because=None,
            started_at=now, updated_at=now, finished_at=None, feed_read_to=read_to,
        )  # fmt: skip
        async with self._db.write() as session:
            await queries.forget_missing(session)
            await queries.note_doubtful(session, changed)
            session.add(row)
        return row

    async def _read(self, row: Reconciliation, tell: Tell) -> Reconciliation:
        async with aclosing(ahead(self._batches(row))) as batches:
            async for raw, batch in batches:
                row = await self._take(row, raw, batch)
                tell(row)
        if row.phase == "reading":
            raise RegisterUnavailableError("the dump ended before its last line")
        return row

    async def _batches(self, row: Reconciliation) -> AsyncGenerator[tuple[list[bytes], Batch], None]:
        """Lines and what they tell, in the order of the dump."""
        async with self._db.read() as session:
            books = await card_books(session)
            self._all_new = not await queries.holds_after(session, row.place)
        self._reader = LineReader(books, self._cipher)
        after, since = row.place, 0
        async with readers(self._reader, books, self._settings, left=row.total - row.taken) as (
            read,
            at_once,
        ):

            async def work(raw: list[bytes]) -> Batch:
                return await read(raw, clock.now() if self._all_new else None)

            async with aclosing(worked_on(self._raw(row), work, at_once=at_once)) as done:
                async for raw, batch in done:
                    batch.follow(after, since)
                    after, since = batch.after, batch.since
                    yield raw, batch

    async def _raw(self, row: Reconciliation) -> AsyncGenerator[list[bytes], None]:
        """Lines that are written together; when the link breaks, what came before is good: only whole lines are in it."""
        raw: list[bytes] = []
        try:
            async for lines in self._client.dump_lines(row.dump_id, row.place):
                raw += lines
                while len(raw) >= BATCH:
                    yield raw[:BATCH]
                    del raw[:BATCH]
        except RegisterUnavailableError:
            if raw:
                yield raw
            raise
        if raw:
            yield raw

    async def _take(self, row: Reconciliation, raw: list[bytes], batch: Batch) -> Reconciliation:
        now = clock.now()
        named = set[str]().union(*(head.employers for head in batch.people.values()))
        employers = await fetch_employers(self._client, self._db, named, now=now)
        await failpoints.hit("registry.reconcile.batch_read")
        async with self._db.write() as session:
            await take_turn(session)
            kept = await queries.reconciliation_for_update(session, row.id)
            if kept.place != row.place or kept.phase != row.phase:
                raise MovedElsewhereError
            await record_employers(session, employers, now=now)
            await self._write(session, kept, raw, batch, now)
            kept.updated_at = now
            if batch.ends:
                kept.phase = "removing"
            await failpoints.hit("registry.reconcile.batch_written")
        await failpoints.hit("registry.reconcile.batch_committed")
        return kept

    async def _write(
        self, session: WriteSession, kept: Reconciliation, raw: list[bytes], batch: Batch, now: datetime
    ) -> None:
        numbers = batch.numbers
        last = max([kept.place, *numbers])
        known = await queries.known_between(
            session, kept.place, None if batch.ends else last, also=numbers, since=kept.started_at - SKEW
        )
        people = {oid: head for oid, head in batch.people.items() if oid not in self._doubtful}
        differing = [oid for oid, head in people.items() if _differs(head, known.get(oid))]
        newer = {oid for oid in differing if known[oid].newer}
        await queries.note_doubtful(session, newer)
        new, refused = await self._free(
            session, {oid: head for oid, head in people.items() if oid not in known}
        )
        self._all_new = len(new) == len(batch.people)
        rows = batch.rows if self._all_new else None
        appeared = rows or NewPeople.of(self._reader.records(raw, new.values()), cipher=self._cipher, now=now)
        await load_people(session, appeared)
        changed = self._reader.records(raw, (people[oid] for oid in differing if oid not in newer))
        recorded = await record_people(session, changed, cipher=self._cipher, now=now)
        partly = {oid: incomplete(head.faults) for oid, head in people.items() if head.faults}
        faulty = {**batch.unreadable, **partly, **refused, **recorded.refused}
        await set_aside(session, faulty, now=now)
        await queries.note_unnamed(session, kept, batch.unnamed, now=now)
        await release(session, [oid for oid in people if oid not in faulty and oid not in newer])
        named = set(numbers)
        unnamed = [oid for oid, person in known.items() if oid not in named and not person.removed]
        await queries.note_missing(session, unnamed, seen=[oid for oid in numbers if oid <= kept.place])
        kept.place = last
        kept.taken += batch.lines
        kept.appeared += len(new)
        kept.changed += recorded.applied
        kept.unreadable += len(faulty) + batch.nameless

    async def _free(
        self, session: WriteSession, new: Mapping[str, Head]
    ) -> tuple[dict[str, Head], dict[str, str]]:
        """Those whose СНИЛС nobody holds, in the mirror and among themselves; the others with the reason."""
        holders = await snils_holders(session, {head.snils_index for head in new.values()})
        free, refused = {}, {}
        for oid, head in new.items():
            if holders.setdefault(head.snils_index, oid) == oid:
                free[oid] = head
            else:
                refused[oid] = SNILS_TAKEN
        return free, refused

    async def _settle(self, row: Reconciliation, tell: Tell, *, allow_removals: bool) -> Reconciliation:
        row = await self._rest.settle_doubtful(row, tell)
        async with self._db.read() as session:
            missing = await queries.count_missing(session)
            mirrored = await queries.mirrored(session)
        if not (allow_removals or may_remove(missing, mirrored)):
            logger.error("too_many_missing", count=missing, total=mirrored)
            return await self._stop(row, "too_many_missing")
        return await self._finish(await self._rest.settle_missing(row, tell))

    async def _finish(self, row: Reconciliation) -> Reconciliation:
        now = clock.now()
        async with self._db.write() as session:
            kept = await queries.reconciliation_for_update(session, row.id)
            kept.phase, kept.finished_at, kept.updated_at = "done", now, now
            await queries.forget_unnamed(session, but=kept.id)
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


def _differs(head: Head, known: queries.Known | None) -> bool:
    """Whether the dump tells something else of a person whom the mirror knows, or tells it of other parts of the card."""
    if known is None:
        return False
    return known.removed or known.register_version != head.version or known.left_out != head.absent
