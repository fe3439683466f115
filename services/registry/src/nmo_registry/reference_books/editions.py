"""By which version of which book a value of the register was read (FRM-07).

A value is kept as code, book, version and name as shown. The pair of book and version is one number in a row of the
mirror: `book.edition`, which a version has for ever, for versions are never changed and never go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nmo_registry.reference_books.catalogue import BookName
from nmo_registry.reference_books.rules import folded
from nmo_registry.reference_books.specialties import SpecialtyKeys, carried

OF_CARDS: tuple[BookName, ...] = (
    "specialties",
    "positions",
    "qualification_categories",
    "accreditation_kinds",
)


@dataclass(frozen=True, slots=True)
class Edition:
    """The current version of a book.

    Attributes:
        number: its `book.edition`.
        names: by code, every folded name that the value has or had in any version.
    """

    number: int
    names: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class CardBooks:
    """What the reference books tell to who reads a card.

    Attributes:
        keys: how specialties are called here.
        editions: current versions by book.
    """

    keys: SpecialtyKeys = field(default_factory=carried)
    editions: Mapping[str, Edition] = field(default_factory=dict)

    def edition(self, book: BookName, code: str | None, name: str | None = None) -> int | None:
        """The number of the version that has this code; None when it has not.

        Args:
            book: which book the value is of.
            code: as the register sent it.
            name: as shown, where the register's code may be one of another list: then it counts only if the value of the
                book is or was called so.
        """
        if not code or (current := self.editions.get(book)) is None:
            return None
        names = current.names.get(code)
        if names is None or (name is not None and folded(name) not in names):
            return None
        return current.number


@dataclass(frozen=True, slots=True)
class Passport:
    """Which version of which book of НСИ."""

    oid: str
    version: str


def told(value: str, code: str | None, edition: int | None, known: Mapping[int, Passport]) -> dict[str, Any]:
    """The fields of an answer that stand beside the name of a value: `<value>_code`, `_book` and `_version`."""
    passport = known.get(edition) if edition is not None else None
    return {
        f"{value}_code": code,
        f"{value}_book": passport.oid if passport else None,
        f"{value}_version": passport.version if passport else None,
    }
