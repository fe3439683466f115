"""Believes a version that lost many values, by the word of an administrator (FRM-07)."""

from __future__ import annotations

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.errors import NothingToAccept
from nmo_registry.reference_books.rules import is_smaller


async def accept_smaller(
    session: WriteSession, book: str, version: str, *, by: Principal, reason: str
) -> None:
    """Let the next look take in a version that was set aside for the values it lost, if its source still has as many rows.

    Side effects: the load's acceptance stands in the database until the version is read; a journal row.

    Raises:
        NothingToAccept: the book's last load is another one, or was set aside for something else.
    """
    state = await queries.take_turn(session, book)
    last = await queries.last_load(session, book)
    if last is None or last.version != version or last.phase != "set_aside" or not is_smaller(last.reason):
        raise NothingToAccept
    last.phase, last.accept_smaller, last.updated_at = "abandoned", True, clock.now()
    state.next_attempt_at = None
    await journal.record(
        session,
        actor=by,
        action="registry.books.accept",
        object_=f"dictionary/{book}/{version}",
        person_id=None,
        reason=reason,
    )
