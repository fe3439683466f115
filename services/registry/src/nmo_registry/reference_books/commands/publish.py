"""Publishes a version of a reference book from a file of the package (FRM-07)."""

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_registry.reference_books.commands.adopt import adopt
from nmo_registry.reference_books.queries import take_turn, versions
from nmo_registry.reference_books.rules import Value
from nmo_registry.reference_books.tables import Book

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BookFile:
    """A book that the package carries: which file, and which columns mean what."""

    book: str
    file: str
    title: str
    oid: str
    edition: str
    key: str
    attributes: Callable[[Row], dict[str, Any]]


BOOK_FILES = (
    BookFile(
        book="specialties",
        file="specialties.csv",
        title="Номенклатура специальностей",
        oid="1.2.643.5.1.13.13.11.1066",
        edition="2026-09-01",
        key="key",
        attributes=lambda row: {"level": row["level"], "legal_act": row["legal_act"]},
    ),
    BookFile(
        book="regions",
        file="regions.csv",
        title="Субъекты Российской Федерации",
        oid="1.2.643.5.1.13.13.99.2.206",
        edition="6.5",
        key="code",
        attributes=lambda row: {"type": row["type"], "federal_district": row["federal_district"]},
    ),
)


async def publish_book(session: WriteSession, source: BookFile) -> bool:
    """Publish the file as a version unless it is there already; tells whether it became the current one.

    Older versions stay readable. Once the service of reference books has told a version, carried ones stay behind it.

    Side effects: rows of `book` and `book_entry`, event `registry.dictionary.published.v1`.
    """
    text = files("nmo_registry").joinpath("data", source.file).read_text(encoding="utf-8")
    version = f"{source.edition}+{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    state = await take_turn(session, source.book)
    there = await versions(session, source.book)
    if any(book.version == version for book in there):
        return False
    book = Book(
        book=source.book,
        version=version,
        title=source.title,
        oid=source.oid,
        number=(there[0].number if there else 0) + 1,
        published_at=clock.now(),
        source="package",
    )
    values = [
        Value(
            key=row[source.key],
            code=row[source.key],
            name=row["name"],
            valid_from=_day(row.get("valid_from")),
            valid_until=_day(row.get("valid_until")),
            attributes=source.attributes(row),
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return await adopt(session, state, book, values, {})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
