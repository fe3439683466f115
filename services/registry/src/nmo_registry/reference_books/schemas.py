"""Answers with reference books, and requests of their upkeep."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nmo_registry.reference_books.commands.fetch import State
from nmo_registry.reference_books.tables import Book, BookEntry

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
VersionText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class BookItem(BaseModel):
    """One value; `attributes` are the book's own further columns."""

    key: str
    code: str
    name: str
    in_force: bool
    valid_from: date | None
    valid_until: date | None
    attributes: dict[str, Any]


class BookAnswer(BaseModel):
    """Values of one version of a book in its own order."""

    book: str
    version: str
    oid: str
    title: str
    items: list[BookItem]
    next_cursor: str | None


class BookFound(BaseModel):
    """Values that were searched for, the best first."""

    book: str
    version: str
    items: list[BookItem]


class BookVersion(BaseModel):
    """One version that is here."""

    version: str
    title: str
    source: str
    released_on: date | None
    release_notes: str
    taken_at: datetime
    current: bool


class BookVersions(BaseModel):
    """All versions, the last taken in first."""

    book: str
    oid: str
    pinned: bool
    items: list[BookVersion]
    next_cursor: None = None


class ShownName(BaseModel):
    """A name that a value had, and the first version that showed it."""

    name: str
    version: str


class BookValue(BaseModel):
    """One value as a version shows it, the names it had, and what it became."""

    book: str
    oid: str
    version: str
    value: BookItem
    names: list[ShownName]
    successors: list[BookItem]


class LoadState(BaseModel):
    """How far the last load of a book is."""

    version: str
    phase: str
    taken: int
    total: int
    reason: str | None
    evidence: str | None
    updated_at: datetime


class BookUpkeep(BaseModel):
    """One book as its administrator sees it."""

    book: str
    oid: str
    current_version: str | None
    source: str | None = None
    """Where the current version is from: `nsi`, or `package` while the service has told none."""
    released_on: date | None = None
    """When its source released the current version."""
    published_at: datetime | None = None
    """When the portal took it in."""
    pinned_at: datetime | None = None
    checked_at: datetime | None = None
    failures: int
    last_error: str | None = None
    last_error_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_load: LoadState | None = None


class BooksUpkeep(BaseModel):
    """All books of the catalogue."""

    items: list[BookUpkeep]
    next_cursor: None = None


class FetchBook(BaseModel):
    """Fetch the newest version, or a named one; `accept_smaller` believes one that lost many values."""

    model_config = ConfigDict(extra="forbid")

    version: VersionText | None = None
    accept_smaller: bool = False


class FetchResult(BaseModel):
    """What a look at the source came to."""

    book: str
    state: State
    version: str | None
    detail: str | None


class PinBook(BaseModel):
    """Keep this version current."""

    model_config = ConfigDict(extra="forbid")

    version: VersionText
    reason: ShortText


class AcceptSmaller(BaseModel):
    """Believe this version although it lost many values."""

    model_config = ConfigDict(extra="forbid")

    version: VersionText
    reason: ShortText


class UnpinBook(BaseModel):
    """Follow the source again."""

    model_config = ConfigDict(extra="forbid")

    reason: ShortText


class TellSuccessors(BaseModel):
    """What a retired value became; an empty list says that it ended."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    successors: Annotated[list[Key], Field(max_length=20)]
    reason: ShortText


def item(row: BookEntry) -> BookItem:
    """A stored value as it is answered."""
    return BookItem.model_validate(row.model_dump(include=set(BookItem.model_fields)))


def version(book: Book, *, current: str | None) -> BookVersion:
    """A stored version as it is answered."""
    return BookVersion(
        version=book.version,
        title=book.title,
        source=book.source,
        released_on=book.released_on,
        release_notes=book.release_notes,
        taken_at=book.published_at,
        current=book.version == current,
    )


class SpecialtyRead(BaseModel):
    """How a specialty was read: the register's code, and the book (OID of НСИ) and version that had it then.

    Null where the register gave no code, or the portal's version of the book has none such: the name stands alone.
    """

    specialty_code: str | None
    specialty_book: str | None
    specialty_version: str | None
