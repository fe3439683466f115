"""Answer with a reference book."""

from datetime import date
from typing import Any

from pydantic import BaseModel


class BookItem(BaseModel):
    """One value; `attributes` are the book's own further columns."""

    key: str
    name: str
    valid_from: date | None
    valid_until: date | None
    attributes: dict[str, Any]


class BookAnswer(BaseModel):
    """The newest version of a book, whole: books are short."""

    book: str
    version: str
    title: str
    items: list[BookItem]
    next_cursor: None
