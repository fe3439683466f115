"""Keeps one version of a book current, whatever the source publishes, and lets it go again (FRM-07)."""

from __future__ import annotations

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.commands.adopt import make_current
from nmo_registry.reference_books.errors import VersionMissing
from nmo_registry.reference_books.rules import is_newer
from nmo_registry.reference_books.tables import Book


async def pin(session: WriteSession, book: str, version: str, *, by: Principal | str, reason: str) -> None:
    """Make a version that is here current and keep it so; newer ones are taken in beside it.

    Side effects: event `registry.dictionary.published.v1` when the current version changes; journal.

    Raises:
        VersionMissing: the version was never fetched.
    """
    state = await queries.take_turn(session, book)
    if await queries.find_version(session, book, version) is None:
        raise VersionMissing
    state.pinned_at = clock.now()
    await make_current(session, state, version)
    await journal.record(
        session,
        actor=by,
        action="registry.books.pin",
        object_=f"dictionary/{book}/{version}",
        person_id=None,
        reason=reason,
    )


async def unpin(session: WriteSession, book: str, *, by: Principal | str, reason: str) -> None:
    """Follow the source again: its newest version that is here becomes current.

    Side effects: as `pin`.

    Raises:
        VersionMissing: the book has no version yet.
    """
    state = await queries.take_turn(session, book)
    newest = _newest(await queries.versions(session, book))
    if newest is None:
        raise VersionMissing
    state.pinned_at = None
    await make_current(session, state, newest.version)
    await journal.record(
        session,
        actor=by,
        action="registry.books.unpin",
        object_=f"dictionary/{book}",
        person_id=None,
        reason=reason,
    )


def _newest(there: list[Book]) -> Book | None:
    """The source's newest by its own numbering, else the last carried one."""
    found: Book | None = None
    for book in there:
        if book.source == "nsi" and (found is None or is_newer(book.version, found.version)):
            found = book
    return found or next(iter(there), None)
