"""What the mirror keeps of a person: plain values, comparable, with a version made of the content itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from asyncpg.pgproto import pgproto

Gender = Literal["male", "female"]
DocumentKind = Literal["certificate", "accreditation", "accreditation_protocol"]
EducationKind = Literal["common", "professional", "postgraduate", "additional"]
Block = Literal["former_names", "educations", "certificates", "accreditations", "employments", "categories"]
_NAMESPACE = uuid5(NAMESPACE_URL, "https://portal-nmo.example/registry/frmr").bytes
_NO_VERSION = ~(0xF << 76 | 0x3 << 62)
_VERSION_5 = 0x5 << 76 | 0x2 << 62


def stable_id(*parts: str) -> UUID:
    """Id made of the register's own ids: the same after every correction and in a rebuilt mirror."""
    digest = hashlib.sha1(_NAMESPACE + "\x1f".join(parts).encode(), usedforsecurity=False).digest()
    # What uuid5 does, without its detour over a second object, in the database driver's own and cheaper kind of id: a
    # card has some eight of these.
    value = int.from_bytes(digest[:16]) & _NO_VERSION | _VERSION_5
    made: UUID = pgproto.UUID(value.to_bytes(16))
    return made


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name the person bore before."""

    id: UUID
    last_name: str
    first_name: str
    patronymic: str | None
    changed_on: date | None


@dataclass(frozen=True, slots=True)
class Education:
    """An education document."""

    id: UUID
    kind: EducationKind
    level: str
    institution: str
    specialty_name: str
    qualification: str
    series: str
    number: str
    issued_on: date | None
    hours: int | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that admits to work: a certificate, an accreditation, or an accreditation known by its protocol only."""

    id: UUID
    kind: DocumentKind
    specialty_key: str
    specialty_name: str
    series: str
    number: str
    exam_on: date
    issued_on: date
    valid_until: date | None
    detail: str
    """Kind of accreditation as the register names it; empty for a certificate."""


@dataclass(frozen=True, slots=True)
class Employment:
    """A job; the employer is told by its number in ФРМО."""

    id: UUID
    employer_oid: str
    position: str
    rate: Decimal
    kind: Literal["main", "internal", "combined", "secondary"]
    began_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Category:
    """A qualification category."""

    id: UUID
    name: str
    specialty_key: str
    specialty_name: str
    assigned_on: date | None
    valid_until: date | None


Child = FormerName | Education | Document | Employment | Category


@dataclass(frozen=True)
class Record:
    """One person of the register as far as it is mirrored. Children are sorted by id.

    `absent` names the blocks that the answer did not carry: a missing block is not an empty one.
    """

    oid: str
    snils: str
    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date
    gender: Gender
    citizenship_code: str
    citizenship_name: str
    former_names: tuple[FormerName, ...] = ()
    educations: tuple[Education, ...] = ()
    certificates: tuple[Document, ...] = ()
    accreditations: tuple[Document, ...] = ()
    employments: tuple[Employment, ...] = ()
    categories: tuple[Category, ...] = ()
    absent: frozenset[Block] = frozenset()

    @cached_property
    def specialist_id(self) -> UUID:
        """Id of the person in this portal."""
        return stable_id("person", self.oid)

    @property
    def documents(self) -> tuple[Document, ...]:
        """Everything that admits to work."""
        return self.certificates + self.accreditations

    @cached_property
    def version(self) -> str:
        """Digest of the whole content: equal records have equal versions."""
        content = values_of(self)
        del content["absent"]
        for block in BLOCKS:
            if children := content[block]:
                content[block] = [values_of(child) for child in children]
        return hashlib.sha256(orjson.dumps(content, default=str)).hexdigest()[:32]


def _reader(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    names = tuple(sorted(field.name for field in fields(kind)))
    return names, attrgetter(*names)


_READERS = {kind: _reader(kind) for kind in (FormerName, Education, Document, Employment, Category, Record)}


def values_of(item: Child | Record) -> dict[str, Any]:
    """Fields by name, in the order of the names; children are not taken apart."""
    names, get = _READERS[type(item)]
    return dict(zip(names, get(item)))  # noqa: B905 both were made of the same names


BLOCKS: tuple[Block, ...] = (
    "former_names",
    "educations",
    "certificates",
    "accreditations",
    "employments",
    "categories",
)
PERSONAL = (
    "snils",
    "last_name",
    "first_name",
    "patronymic",
    "birth_on",
    "gender",
    "citizenship_code",
    "citizenship_name",
)


def completed(fetched: Record, stored: Record | None) -> Record:
    """Fill the blocks that an answer did not carry with what is known already."""
    if stored is None or not fetched.absent:
        return replace(fetched, absent=frozenset())
    known = {block: getattr(stored, block) for block in fetched.absent}
    return replace(fetched, absent=frozenset(), **known)


def changed_fields(before: Record, after: Record) -> list[str]:
    """Names of the personal fields and blocks that differ."""
    return [name for name in (*PERSONAL, *BLOCKS) if getattr(before, name) != getattr(after, name)]
