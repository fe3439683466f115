"""All published versions of the stand-in's reference books; old ones stay, as the real service keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from nmo_sandbox.frmr.books import Book, books

Row = Mapping[str, str]


class Shelf:
    """Books by OID with their versions, the newest last. Published versions outlive a restart when there is a folder."""

    def __init__(self, folder: Path | None) -> None:
        """Begin with the carried versions and add what was published before."""
        self._file = folder / "books.json" if folder else None
        self._books = {oid: [book] for oid, book in books().items()}
        if self._file is not None and self._file.exists():
            for kept in json.loads(self._file.read_text(encoding="utf-8")):
                self._books[kept["oid"]].append(Book(**{**kept, "rows": tuple(kept["rows"])}))

    def newest(self) -> list[Book]:
        """The newest version of every book."""
        return [versions[-1] for versions in self._books.values()]

    def versions(self, oid: str) -> list[Book]:
        """All versions of one book, the newest first; empty for an unknown book."""
        return list(reversed(self._books.get(oid, [])))

    def find(self, oid: str, version: str | None) -> Book | None:
        """One version, the newest when none is named."""
        return next((book for book in self.versions(oid) if version in {None, book.version}), None)

    def publish(self, oid: str, version: str, day: str, rows: tuple[Row, ...], notes: str) -> Book:
        """Put a new version beside the old ones.

        Raises:
            KeyError: no such book.
            ValueError: the version is there already.
        """
        if any(book.version == version for book in self._books[oid]):
            raise ValueError(version)
        book = replace(self._books[oid][-1], version=version, updated_on=day, rows=rows, notes=notes)
        self._books[oid].append(book)
        self._keep()
        return book

    def _keep(self) -> None:
        if self._file is None:
            return
        carried = {(oid, book.version) for oid, book in books().items()}
        new = [
            book for all_ in self._books.values() for book in all_ if (book.oid, book.version) not in carried
        ]
        self._file.write_text(
            json.dumps([asdict(book) for book in new], ensure_ascii=False), encoding="utf-8"
        )


def changed(
    rows: tuple[Row, ...],
    *,
    put: list[dict[str, str]],
    drop: list[str],
) -> tuple[Row, ...]:
    """Rows of a next version: `put` adds rows, or changes columns of those with the same `ID`; `drop` leaves codes out."""
    by_code = {row["ID"]: dict(row) for row in rows if row["ID"] not in drop}
    empty = dict.fromkeys(rows[0], "") if rows else {}
    for row in put:
        by_code[row["ID"]] = {**by_code.get(row["ID"], empty), **row}
    return tuple(by_code.values())
