"""Public routes of the reference books: whole books, pick lists, one value through the versions."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from nmo_kit.auth import action
from nmo_kit.db import ReadDep, ReadSession
from nmo_kit.errors import NotFound, problems
from nmo_registry.reference_books import queries, schemas
from nmo_registry.reference_books.catalogue import SPECS, BookName
from nmo_registry.reference_books.rules import successors_of, words_of
from nmo_registry.reference_books.schemas import (
    BookAnswer,
    BookFound,
    BookValue,
    BookVersions,
    ShownName,
)
from nmo_registry.reference_books.tables import Book

router = APIRouter(prefix="/api/v1/dictionaries", tags=["dictionaries"])
VersionParam = Annotated[
    str | None, Query(max_length=40, description="a version; the current one when not told")
]
OnParam = Annotated[date | None, Query(description="only values in force on this day")]


@router.get("/{book}", responses=problems(NotFound))
@action("registry.dictionary.read")
async def dictionary(
    *,
    book: BookName,
    session: ReadDep,
    version: VersionParam = None,
    on: OnParam = None,
    cursor: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> BookAnswer:
    """A reference book in its own order, retired values included unless a day is named."""
    found = await _version(session, book, version)
    rows = await queries.entries(session, found, on=on, after=cursor - 1, limit=limit + 1)
    more = rows[limit:]
    return BookAnswer(
        book=book,
        version=found.version,
        oid=found.oid,
        title=found.title,
        items=[schemas.item(row) for row in rows[:limit]],
        next_cursor=str(more[0].position) if more else None,
    )


@router.get("/{book}/search", responses=problems(NotFound))
@action("registry.dictionary.search")
async def search(
    *,
    book: BookName,
    session: ReadDep,
    q: Annotated[str, Query(max_length=100)],
    version: VersionParam = None,
    on: OnParam = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> BookFound:
    """Values by the beginnings of words of their names, in any order; case and ё do not matter."""
    found = await _version(session, book, version)
    words = words_of(q)
    rows = await queries.search(session, found, words, on=on, limit=limit) if words else []
    return BookFound(book=book, version=found.version, items=[schemas.item(row) for row in rows])


@router.get("/{book}/versions", responses=problems(NotFound))
@action("registry.dictionary.versions")
async def versions(book: BookName, session: ReadDep) -> BookVersions:
    """Versions of a book that can be read, the last taken in first."""
    state = (await queries.states(session)).get(book)
    current = state.current_version if state else None
    items = [schemas.version(found, current=current) for found in await queries.versions(session, book)]
    pinned = state is not None and state.pinned_at is not None
    return BookVersions(book=book, oid=SPECS[book].oid, pinned=pinned, items=items)


@router.get("/{book}/items/{key}", responses=problems(NotFound))
@action("registry.dictionary.item")
async def value(book: BookName, key: str, session: ReadDep, version: VersionParam = None) -> BookValue:
    """One value as a version shows it, every name it had, and what it is called or split into today."""
    found = await _version(session, book, version)
    row = await queries.entry(session, found, key)
    if row is None:
        raise NotFound
    current = await _version(session, book, None)
    live = {entry.key: entry for entry in await queries.related(session, current, key)}
    told = await queries.successors(session, book)
    became = successors_of(key, told, (name for name, entry in live.items() if entry.in_force))
    return BookValue(
        book=book,
        oid=found.oid,
        version=found.version,
        value=schemas.item(row),
        names=[
            ShownName(name=name, version=first)
            for name, first in await queries.shown_names(session, book, key)
        ],
        successors=[schemas.item(live[name]) for name in became if name != key],
    )


async def _version(session: ReadSession, book: str, version: str | None) -> Book:
    found = await queries.find_version(session, book, version)
    if found is None:
        raise NotFound
    return found
