"""Fetches versions of reference books from НСИ, page by page (FRM-07).

Each page is asked outside, then written in one transaction with the place of the next one. The rows wait apart until
all are there; then one transaction makes a version of them, tells it and forgets them. Killed anywhere, the next
look goes on from the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog

from nmo_kit import clock
from nmo_kit.db import Database
from nmo_registry.nsi.answers import Page, Passport
from nmo_registry.nsi.client import NsiClient, NsiEncodingError, NsiRefusedError, NsiUnavailableError
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.catalogue import SPECS, BookSpec
from nmo_registry.reference_books.commands.complete import complete, set_aside
from nmo_registry.reference_books.rules import BadPageError, Row, pause_after, read_page
from nmo_registry.reference_books.tables import BookLoad, BookLoadRow

logger = structlog.get_logger(__name__)
TRIES = 2
RETRY_SET_ASIDE = timedelta(hours=6)
LONGEST_EVIDENCE = 2000
State = Literal["published", "kept", "unchanged", "set_aside", "unavailable", "waiting", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one book came to.

    Attributes:
        state: `published` a new current version; `kept` a version taken in beside the current one; `unchanged` the
            source has nothing new; `set_aside` the version is faulty; `unavailable` the source does not answer;
            `waiting` the time of the next attempt has not come; `elsewhere` another process is at it.
        detail: why, for the last four.
    """

    book: str
    state: State
    version: str | None = None
    detail: str | None = None


class BookFetcher:
    """Keeps the books like their source."""

    def __init__(self, database: Database, client: NsiClient, *, page_size: int, interval_s: float) -> None:
        """Take what a look needs; nothing is asked yet. `interval_s` is the pause between two looks at a book."""
        self._db = database
        self._client = client
        self._page_size = page_size
        self._interval_s = interval_s

    async def look_at_all(self) -> list[Look]:
        """Look at every book, one after another; a failure of one does not stop the others."""
        return [await self.look(book) for book in SPECS]

    async def look(
        self, book: str, version: str | None = None, *, force: bool = False, accept_smaller: bool = False
    ) -> Look:
        """Fetch the newest version of a book, or a named one, unless it is here; goes on with one under way.

        Args:
            book: name in the catalogue.
            version: a version of the source to take in; the newest when None.
            force: now, whatever the pause after failures, and again a version that was set aside.
            accept_smaller: believe a version that lost many values.

        The source's failure or refusal does not raise: it is noted at the book.
        """
        spec = SPECS[book]
        if not force and (waits := await self._waits(book)) is not None:
            return waits
        try:
            load = await self._begun(spec, version, force=force, accept_smaller=accept_smaller)
            done = load if isinstance(load, Look) else await self._read(spec, load)
        except (NsiUnavailableError, NsiRefusedError, NsiEncodingError) as error:
            return await self._failed(book, str(error))
        async with self._db.write() as session:
            state = await queries.take_turn(session, book)
            state.failures, state.next_attempt_at = 0, clock.now() + timedelta(seconds=self._interval_s)
        return done

    async def _waits(self, book: str) -> Look | None:
        async with self._db.read() as session:
            state = (await queries.states(session)).get(book)
        if state is None or state.next_attempt_at is None or state.next_attempt_at <= clock.now():
            return None
        return Look(book, "waiting", detail=state.last_error)

    async def _begun(
        self, spec: BookSpec, version: str | None, *, force: bool, accept_smaller: bool
    ) -> BookLoad | Look:
        passport = await self._client.passport(spec.oid, version)
        now = clock.now()
        async with self._db.write() as session:
            state = await queries.take_turn(session, spec.book)
            state.checked_at = now
            running = await queries.running_load(session, spec.book)
            if running is not None and self._same(running, passport):
                running.accept_smaller = running.accept_smaller or accept_smaller
                return running
            if running is not None:
                running.phase, running.updated_at = "abandoned", now
                await queries.drop_rows(session, running.id)
                await session.flush()
            if await queries.find_version(session, spec.book, passport.version) is not None:
                return Look(spec.book, "unchanged", passport.version)
            last = await queries.last_load(session, spec.book, passport.version)
            aside = last is not None and last.phase == "set_aside" and not force
            if last is not None and aside and now - last.updated_at < RETRY_SET_ASIDE:
                return Look(spec.book, "set_aside", passport.version, last.reason)
            # An administrator's word is good for the rows that they saw counted.
            accepted = (
                last is not None
                and last.phase == "abandoned"
                and last.accept_smaller
                and last.total == passport.rows
            )
            load = BookLoad(
                book=spec.book,
                version=passport.version,
                title=passport.title,
                released_on=passport.released_on,
                release_notes=passport.notes,
                total=passport.rows,
                page_size=self._page_size,
                accept_smaller=accept_smaller or accepted,
                started_at=now,
                updated_at=now,
            )
            session.add(load)
            return load

    def _same(self, load: BookLoad, passport: Passport) -> bool:
        return (load.version, load.total) == (passport.version, passport.rows)

    async def _read(self, spec: BookSpec, load: BookLoad) -> Look:
        if load.total == 0:
            return await self._set_aside(load.id, spec.book, "empty: the version has no rows", "")
        while load.taken < load.total:
            try:
                rows = await self._page(spec, load)
                moved = await self._take(load, rows)
            except BadPageError as error:
                reason = f"page {load.next_page}: {error.reason}"
                return await self._set_aside(load.id, spec.book, reason, error.evidence)
            if moved is None:
                return Look(spec.book, "elsewhere", load.version)
            load = moved
        return await self._complete(spec, load)

    async def _page(self, spec: BookSpec, load: BookLoad) -> list[Row]:
        """A page that may be taken; a faulty one is asked for once more.

        Raises:
            BadPageError: it was faulty again.
            NsiUnavailableError, NsiRefusedError.
        """
        fault = ""
        seen = ""
        for _ in range(TRIES):
            try:
                page = await self._client.page(
                    spec.oid, load.version, page=load.next_page, size=load.page_size
                )
            except NsiEncodingError as error:
                fault, seen = "encoding: the answer is not UTF-8", error.start
                continue
            try:
                return read_page(page, spec, number=load.next_page, size=load.page_size, total=load.total)
            except BadPageError as error:
                fault, seen = error.reason, _beginning(page)
        raise BadPageError(fault, seen)

    async def _take(self, load: BookLoad, rows: list[Row]) -> BookLoad | None:
        """Write a page and move the place; None when another process has moved it.

        Raises:
            BadPageError: a code that an earlier page had.
        """
        async with self._db.write() as session:
            current = await queries.load_for_update(session, load.id)
            if current.phase != "reading" or current.next_page != load.next_page:
                return None
            if again := await queries.taken_codes(session, load.id, [row.code for row in rows]):
                raise BadPageError(f"duplicate: {again[0]}")
            for number, row in enumerate(rows, current.taken):
                session.add(
                    BookLoadRow(load_id=load.id, code=row.code, position=number, cells=dict(row.cells))
                )
            current.taken += len(rows)
            current.next_page += 1
            current.updated_at = clock.now()
            return current

    async def _complete(self, spec: BookSpec, load: BookLoad) -> Look:
        async with self._db.write() as session:
            state = await queries.take_turn(session, spec.book)
            current = await queries.load_for_update(session, load.id)
            if current.phase != "reading":
                return Look(spec.book, "elsewhere", load.version)
            made = await complete(session, state, current, spec)
            if current.phase == "set_aside":
                return Look(spec.book, "set_aside", load.version, current.reason)
        logger.info("book_version_taken", book=spec.book, version=load.version, current=made)
        return Look(spec.book, "published" if made else "kept", load.version)

    async def _set_aside(self, load_id: UUID, book: str, reason: str, evidence: str) -> Look:
        async with self._db.write() as session:
            load = await queries.load_for_update(session, load_id)
            await set_aside(session, load, reason, evidence)
        logger.warning("book_set_aside", book=book, version=load.version, reason=reason)
        return Look(book, "set_aside", load.version, reason)

    async def _failed(self, book: str, reason: str) -> Look:
        now = clock.now()
        async with self._db.write() as session:
            state = await queries.take_turn(session, book)
            state.failures += 1
            state.last_error, state.last_error_at = reason, now
            state.next_attempt_at = now + pause_after(state.failures)
        logger.warning("nsi_unavailable", book=book, reason=reason, failures=state.failures)
        return Look(book, "unavailable", detail=reason)


def _beginning(page: Page) -> str:
    return str([dict(row) for row in page.rows[:20]])[:LONGEST_EVIDENCE]
