"""Another look at a book, asked for by an administrator (FRM-07)."""

from __future__ import annotations

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.reference_books import queries


async def look_again(session: WriteSession, book: str, *, by: Principal) -> None:
    """Let the next round look at the book at once, and read anew a version that was set aside.

    Side effects: journal.
    """
    state = await queries.take_turn(session, book)
    state.next_attempt_at = None
    last = await queries.last_load(session, book)
    if last is not None and last.phase == "set_aside":
        last.phase, last.updated_at = "abandoned", clock.now()
    await journal.record(
        session, actor=by, action="registry.books.again", object_=f"dictionary/{book}", person_id=None
    )
