"""Reading reference books."""

from sqlalchemy import func, select
from sqlmodel import col

from nmo_kit.db import ReadSession, WriteSession
from nmo_registry.reference_books.tables import Book, BookEntry


async def take_turn(session: WriteSession, book: str) -> None:
    """Wait until no other transaction publishes the book, and hold the turn until this one ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"registry.book.{book}"))))


async def newest_version(session: ReadSession, book: str) -> Book | None:
    """The newest version of a book."""
    found = await session.execute(
        select(Book).where(col(Book.book) == book).order_by(col(Book.number).desc()).limit(1)
    )
    return found.scalar_one_or_none()


async def entries(session: ReadSession, book: Book) -> list[BookEntry]:
    """All values of one version in the book's own order."""
    found = await session.execute(
        select(BookEntry)
        .where(col(BookEntry.book) == book.book, col(BookEntry.version) == book.version)
        .order_by(col(BookEntry.position))
    )
    return list(found.scalars())
