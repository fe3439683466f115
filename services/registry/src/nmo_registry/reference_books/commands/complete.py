"""Ends a load: its rows become a version, or the version is set aside (FRM-07)."""

from __future__ import annotations

from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.catalogue import BookSpec
from nmo_registry.reference_books.commands.adopt import adopt
from nmo_registry.reference_books.commands.publish import BOOK_FILES, publish_book
from nmo_registry.reference_books.rules import SMALLER, Known, Row, is_newer, shrank, values_of
from nmo_registry.reference_books.tables import Book, BookLoad, BookState


async def complete(session: WriteSession, state: BookState, load: BookLoad, spec: BookSpec) -> bool:
    """Make a version of the rows of a load that is whole; tells whether it became the current one.

    A version with far fewer values in force than the one before is set aside unless the load accepts that.
    The caller holds the book's turn and the load.

    Side effects: rows of `book`, `book_entry` and `book_code`, the event of a new current version; the load's rows go.
    """
    await _carried_first(session, spec)
    known = await queries.known(session, spec.book)
    before = await queries.versions(session, spec.book)
    newest = next((book for book in before if book.source == "nsi"), None)
    newer = newest is None or is_newer(load.version, newest.version)
    rows = [Row(row.code, row.cells) for row in await queries.loaded_rows(session, load.id)]
    values, codes = values_of(
        rows, spec, known, released_on=load.released_on if newer else None, today=clock.today()
    )
    lost = _lost(known, sum(value.in_force for value in values))
    if newer and lost is not None and not load.accept_smaller:
        await set_aside(session, load, lost, "")
        return False
    book = Book(
        book=spec.book,
        version=load.version,
        title=load.title,
        oid=spec.oid,
        number=max((book.number for book in before), default=0) + 1,
        published_at=clock.now(),
        source="nsi",
        released_on=load.released_on,
        release_notes=load.release_notes,
    )
    made_current = await adopt(session, state, book, values, codes)
    load.phase, load.updated_at = "done", clock.now()
    await queries.drop_rows(session, load.id)
    return made_current


async def _carried_first(session: WriteSession, spec: BookSpec) -> None:
    """The carried version gives the portal's keys and the dates that the source does not have."""
    for source in BOOK_FILES:
        if source.book == spec.book:
            await publish_book(session, source)


async def set_aside(session: WriteSession, load: BookLoad, reason: str, evidence: str) -> None:
    """Give a version up as faulty; it never becomes current, its rows go, the reason stays for the operator."""
    load.phase, load.reason, load.evidence = "set_aside", reason, evidence or None
    load.updated_at = clock.now()
    await queries.drop_rows(session, load.id)


def _lost(known: Known, now: int) -> str | None:
    before = sum(value.in_force for value in known.values)
    return f"{SMALLER}: {now} values in force instead of {before}" if shrank(before, now) else None
