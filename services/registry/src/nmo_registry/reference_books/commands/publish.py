"""Publishes a version of a reference book from a file of the package (FRM-07)."""

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from nmo_contracts.registry import DictionaryPublishedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_registry.reference_books.queries import newest_version, take_turn
from nmo_registry.reference_books.tables import Book, BookEntry

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
    """Publish the file as a new version unless the newest one has the same content; tells whether it did.

    Older versions stay readable.

    Side effects: rows of `book` and `book_entry`, event `registry.dictionary.published.v1`.
    """
    text = files("nmo_registry").joinpath("data", source.file).read_text(encoding="utf-8")
    version = f"{source.edition}+{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    await take_turn(session, source.book)
    newest = await newest_version(session, source.book)
    if newest is not None and newest.version == version:
        return False
    number = (newest.number if newest else 0) + 1
    session.add(
        Book(
            book=source.book,
            version=version,
            title=source.title,
            oid=source.oid,
            number=number,
            published_at=clock.now(),
        )
    )
    await session.flush()
    for position, row in enumerate(csv.DictReader(text.splitlines())):
        session.add(
            BookEntry(
                book=source.book,
                version=version,
                key=row[source.key],
                name=row["name"],
                position=position,
                valid_from=_day(row.get("valid_from")),
                valid_until=_day(row.get("valid_until")),
                attributes=source.attributes(row),
            )
        )
    await outbox.add(session, DictionaryPublishedV1(book=source.book, version=version), version=number)
    return True


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
