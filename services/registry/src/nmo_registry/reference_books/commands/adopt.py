"""Takes a whole version of a book in, and makes a version current (FRM-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from nmo_contracts.registry import DictionaryPublishedV1, DictionaryValue
from nmo_kit.db import WriteSession, driver_of
from nmo_kit.messaging import outbox
from nmo_registry.reference_books.queries import entries, find_version, successors
from nmo_registry.reference_books.rules import Value, is_newer, successors_of
from nmo_registry.reference_books.tables import Book, BookCode, BookState

MOST_VALUES = 500
MOST_BYTES = 48 * 1024
"""An event holds 64 KiB."""
_COLUMNS = (
    "book",
    "version",
    "key",
    "name",
    "position",
    "valid_from",
    "valid_until",
    "attributes",
    "code",
    "in_force",
)


async def adopt(
    session: WriteSession,
    state: BookState,
    book: Book,
    values: Sequence[Value],
    codes: Mapping[str, str],
) -> bool:
    """Add a version beside the others; it becomes current unless a newer or a pinned one is. Tells whether it did.

    The caller holds the book's turn. A carried version never replaces one of the service.

    Side effects: rows of `book`, `book_entry`, `book_code`; event `registry.dictionary.published.v1` of a new current
    version.
    """
    session.add(book)
    await session.flush()
    rows = [
        (
            book.book,
            book.version,
            value.key,
            value.name,
            position,
            value.valid_from,
            value.valid_until,
            orjson.dumps(dict(value.attributes)).decode(),
            value.code,
            value.in_force,
        )
        for position, value in enumerate(values)
    ]
    driver = await driver_of(session)
    await driver.copy_records_to_table("book_entry", columns=_COLUMNS, records=rows)
    for code, key in codes.items():
        session.add(BookCode(book=book.book, code=code, key=key))
    if state.pinned_at is None and await _replaces(session, book):
        await make_current(session, state, book.version)
        return True
    return False


async def make_current(session: WriteSession, state: BookState, version: str) -> None:
    """Show this version from now on. The caller holds the book's turn.

    Side effects: event `registry.dictionary.published.v1`, unless the version is current already.
    """
    if state.current_version == version:
        return
    state.current_version = version
    await tell_current(session, state)


async def tell_current(session: WriteSession, state: BookState) -> None:
    """Tell of the current version, or of what became of its values since. The caller holds the book's turn.

    Side effects: event `registry.dictionary.published.v1`.
    """
    version = state.current_version
    if version is None:
        return
    state.number += 1
    book = await find_version(session, state.book, version)
    told = DictionaryPublishedV1(
        book=state.book,
        version=version,
        oid=book.oid if book else None,
        values=await _values(session, book) if book else None,
    )
    await outbox.add(session, told, version=state.number)


async def _values(session: WriteSession, book: Book) -> list[DictionaryValue] | None:
    """All values of a version, if an event can hold them."""
    found = await entries(session, book, limit=MOST_VALUES + 1)
    told, live = await successors(session, book.book), {row.key for row in found if row.in_force}
    values = [
        DictionaryValue(
            key=row.key,
            code=row.code,
            name=row.name,
            in_force=row.in_force,
            successors=[] if row.in_force else successors_of(row.key, told, live),
        )
        for row in found
    ]
    size = sum(len(value.model_dump_json().encode()) + 1 for value in values)
    return values if len(values) <= MOST_VALUES and size <= MOST_BYTES else None


async def _replaces(session: WriteSession, book: Book) -> bool:
    current = await find_version(session, book.book)
    if current is None or current.source == "package":
        return True
    return book.source == "nsi" and is_newer(book.version, current.version)
