"""Public route of the reference books."""

from typing import Literal

from fastapi import APIRouter

from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import NotFound, problems
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.schemas import BookAnswer, BookItem

router = APIRouter(prefix="/api/v1/dictionaries", tags=["dictionaries"])


@router.get("/{book}", responses=problems(NotFound))
@action("registry.dictionary.read")
async def dictionary(book: Literal["specialties", "regions"], session: ReadDep) -> BookAnswer:
    """The newest version of a reference book."""
    newest = await queries.newest_version(session, book)
    if newest is None:
        raise NotFound
    items = [
        BookItem(
            key=row.key,
            name=row.name,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            attributes=row.attributes,
        )
        for row in await queries.entries(session, newest)
    ]
    return BookAnswer(book=book, version=newest.version, title=newest.title, items=items, next_cursor=None)
