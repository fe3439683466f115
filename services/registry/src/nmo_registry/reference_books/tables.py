"""Reference books: every version stays, the newest is shown."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_registry.base import Model


class Book(Model, table=True):
    """One version of one book."""

    __tablename__ = "book"

    book: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text, primary_key=True)
    title: str = Field(sa_type=Text)
    oid: str = Field(sa_type=Text)
    number: int
    """Grows with each version of the book; the newest is the greatest."""
    published_at: datetime = utc_field()


class BookEntry(Model, table=True):
    """One value of one version; `valid_from` and `valid_until` are dates of the value itself."""

    __tablename__ = "book_entry"
    __table_args__ = (ForeignKeyConstraint(["book", "version"], ["book.book", "book.version"]),)

    book: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    position: int
    valid_from: date | None
    valid_until: date | None
    attributes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
