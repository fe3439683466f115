"""Records what a retired value of a book became, from the order that retired it (FRM-07)."""

from __future__ import annotations

from collections.abc import Sequence

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem, NotFound
from nmo_kit.principal import Principal
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.commands.adopt import tell_current
from nmo_registry.reference_books.errors import StillInForce
from nmo_registry.reference_books.tables import BookSuccessor


async def tell_successors(
    session: WriteSession, book: str, key: str, successors: Sequence[str], *, by: Principal, reason: str
) -> None:
    """Replace what was told of the value; an empty list says that it ended without a successor.

    Side effects: rows of `book_successor`, journal, event `registry.dictionary.published.v1`.

    Raises:
        NotFound: the current version has no such value.
        StillInForce: the value is in force.
        FieldProblem: a successor is not a value of the current version, or is the value itself.
    """
    state = await queries.take_turn(session, book)
    current = await queries.find_version(session, book)
    retired = await queries.entry(session, current, key) if current else None
    if current is None or retired is None:
        raise NotFound
    if retired.in_force:
        raise StillInForce
    for number, successor in enumerate(successors):
        if successor == key or await queries.entry(session, current, successor) is None:
            message = "Выберите другое значение этого справочника"
            raise FieldProblem([FieldError(pointer=f"/successors/{number}", code="unknown", message=message)])
    await queries.forget_successors(session, book, key)
    for successor in dict.fromkeys(successors):
        session.add(
            BookSuccessor(
                book=book, key=key, successor=successor, reason=reason, told_by=by.sub, told_at=clock.now()
            )
        )
    await session.flush()
    await tell_current(session, state)
    await journal.record(
        session,
        actor=by,
        action="registry.books.successors",
        object_=f"dictionary/{book}/{key}",
        person_id=None,
        reason=reason,
    )
