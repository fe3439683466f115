"""Reference books: every version stays, one of them is current; a version under way is kept apart until it is whole."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_registry.base import Model

_TSV = "to_tsvector('simple'::regconfig, translate(name, 'ёЁ', 'еЕ'))"


class Book(Model, table=True):
    """One version of one book. Never changed."""

    __tablename__ = "book"

    book: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text, primary_key=True)
    title: str = Field(sa_type=Text)
    oid: str = Field(sa_type=Text)
    number: int
    """Grows with each version of the book that is taken in."""
    published_at: datetime = utc_field()
    source: str = Field(sa_type=Text)
    """`package` for a version carried by the program, `nsi` for one of the service."""
    released_on: date | None = None
    release_notes: str = Field(sa_type=Text, default="")
    edition: int | None = Field(
        default=None, sa_column=Column(Integer, Identity(always=False), unique=True, nullable=False)
    )
    """One number for book and version: what the mirror's rows keep of both."""


class BookEntry(Model, table=True):
    """One value of one version. Never changed; `valid_from` and `valid_until` are dates of the value itself."""

    __tablename__ = "book_entry"
    __table_args__ = (
        ForeignKeyConstraint(["book", "version"], ["book.book", "book.version"]),
        Index(
            "ix_book_entry_search",
            "book",
            "version",
            "tsv",
            postgresql_using="gin",
            # Books are written whole and rarely: no search shall look through a list of what is not indexed yet.
            postgresql_with={"fastupdate": "off"},
        ),
        Index("ix_book_entry_position", "book", "version", "position"),
    )

    book: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    position: int
    valid_from: date | None
    valid_until: date | None
    """The first day on which the value is no longer in force."""
    attributes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    code: str = Field(sa_type=Text)
    """The source's code; a key stays when the source changes the code or the name."""
    in_force: bool
    """False for a value that the source has retired or no longer lists."""
    tsv: str | None = Field(default=None, sa_column=Column(TSVECTOR, Computed(_TSV, persisted=True)))


class BookState(Model, table=True):
    """Which version of a book is current, and how the last look at the source went. One row per book, taken first."""

    __tablename__ = "book_state"

    book: str = Field(sa_type=Text, primary_key=True)
    current_version: str | None = Field(sa_type=Text, default=None)
    number: int = 0
    """Grows with every event about the book."""
    pinned_at: datetime | None = utc_field(nullable=True, default=None)
    """Since when an administrator keeps the current version; newer ones are taken in beside it."""
    checked_at: datetime | None = utc_field(nullable=True, default=None)
    failures: int = 0
    last_error: str | None = Field(sa_type=Text, default=None)
    last_error_at: datetime | None = utc_field(nullable=True, default=None)
    next_attempt_at: datetime | None = utc_field(nullable=True, default=None)


class BookLoad(Model, table=True):
    """A version under way; its place moves with the rows that were read up to it."""

    __tablename__ = "book_load"
    __table_args__ = (
        CheckConstraint("phase in ('reading', 'done', 'set_aside', 'abandoned')", name="phase"),
        Index("uq_book_load_reading", "book", unique=True, postgresql_where=text("phase = 'reading'")),
        Index("ix_book_load_book_updated_at", "book", "updated_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    book: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    released_on: date | None
    release_notes: str = Field(sa_type=Text)
    total: int
    taken: int = 0
    next_page: int = 1
    page_size: int
    phase: str = Field(sa_type=Text, default="reading")
    reason: str | None = Field(sa_type=Text, default=None)
    evidence: str | None = Field(sa_type=Text, default=None)
    """The beginning of the page at fault, for the operator."""
    accept_smaller: bool = False
    started_at: datetime = utc_field()
    updated_at: datetime = utc_field()


class BookLoadRow(Model, table=True):
    """A row of a version under way, as the source gave it."""

    __tablename__ = "book_load_row"

    load_id: UUID = Field(primary_key=True, foreign_key="book_load.id")
    code: str = Field(sa_type=Text, primary_key=True)
    position: int
    cells: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class BookCode(Model, table=True):
    """Which key a code of the source has, for ever."""

    __tablename__ = "book_code"

    book: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text)


class BookSuccessor(Model, table=True):
    """What a retired value became, as an administrator told from the order that retired it."""

    __tablename__ = "book_successor"

    book: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    successor: str = Field(sa_type=Text, primary_key=True)
    reason: str = Field(sa_type=Text)
    told_by: str = Field(sa_type=Text)
    told_at: datetime = utc_field()
