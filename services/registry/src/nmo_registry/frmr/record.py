"""What the mirror keeps of a person: plain values, comparable, with a version made of the content itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
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
Block = Literal[
    "former_names",
    "educations",
    "certificates",
    "accreditations",
    "employments",
    "categories",
    "nominations",
]
Part = Literal[
    "former_names",
    "common_education",
    "professional_education",
    "postgraduate_education",
    "additional_education",
    "certificates",
    "accreditations",
    "employments",
    "categories",
    "nominations",
]
"""What the register gives or leaves out on its own: a block, or one kind of education."""
_NAMESPACE = uuid5(NAMESPACE_URL, "https://portal-nmo.example/registry/frmr").bytes
_NO_VERSION = ~(0xF << 76 | 0x3 << 62)
_VERSION_5 = 0x5 << 76 | 0x2 << 62


def _as_read() -> Any:
    """How a value was read: its code and the version of the book (`book.edition`), both None when not told.

    Not content: a new version of a book makes nobody a changed person. What is written anew tells how it was read then.
    """
    return field(default=None, compare=False)


def _later(nothing: Any) -> Any:
    """What the mirror did not keep from the beginning: people without it keep the digest that they had."""
    return field(default=nothing, metadata={"later": True})


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
    specialty_code: str | None = _as_read()
    specialty_edition: int | None = _as_read()


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
    register_number: str = _later("")
    """Of an accreditation in its register; the date of its protocol is `issued_on`."""
    protocol_number: str = _later("")
    specialty_code: str | None = _as_read()
    specialty_edition: int | None = _as_read()
    detail_code: str | None = _as_read()
    detail_edition: int | None = _as_read()


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
    department: str = _later("")
    position_code: str | None = _as_read()
    position_edition: int | None = _as_read()


@dataclass(frozen=True, slots=True)
class Category:
    """A qualification category."""

    id: UUID
    name: str
    specialty_key: str
    specialty_name: str
    assigned_on: date | None
    valid_until: date | None
    name_code: str | None = _as_read()
    name_edition: int | None = _as_read()
    specialty_code: str | None = _as_read()
    specialty_edition: int | None = _as_read()


@dataclass(frozen=True, slots=True)
class Nomination:
    """A state or departmental award of the person."""

    id: UUID
    name: str
    number: str
    awarded_on: date | None


Child = FormerName | Education | Document | Employment | Category | Nomination


@dataclass(frozen=True)
class Record:
    """One person of the register as far as it is mirrored. Children are sorted by id.

    Attributes:
        absent: parts that the answer did not carry, or not whole: a missing block is not an empty one.
        faults: documents and jobs of those parts that could not be read, as `educationCert.examDate`; never a value.
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
    nominations: tuple[Nomination, ...] = _later(())
    absent: frozenset[Part] = frozenset()
    faults: tuple[str, ...] = ()

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
        del content["absent"], content["faults"]
        for block in BLOCKS:
            if children := content.get(block):
                content[block] = [values_of(child) for child in children]
        return hashlib.sha256(orjson.dumps(content, default=str)).hexdigest()[:32]


def _reader(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]], tuple[str, ...]]:
    content = [one for one in fields(kind) if one.compare]
    names = tuple(sorted(one.name for one in content))
    return names, attrgetter(*names), tuple(one.name for one in content if "later" in one.metadata)


_READERS = {
    kind: _reader(kind)
    for kind in (FormerName, Education, Document, Employment, Category, Nomination, Record)
}


def values_of(item: Child | Record) -> dict[str, Any]:
    """The content: fields by name, in the order of the names, without empty ones that came later.

    Children are not taken apart.
    """
    names, get, later = _READERS[type(item)]
    content = dict(zip(names, get(item)))  # noqa: B905 both were made of the same names
    for name in later:
        if not content[name]:
            del content[name]
    return content


BLOCKS: tuple[Block, ...] = (
    "former_names",
    "educations",
    "certificates",
    "accreditations",
    "employments",
    "categories",
    "nominations",
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


EDUCATION_PARTS: dict[EducationKind, Part] = {
    "common": "common_education",
    "professional": "professional_education",
    "postgraduate": "postgraduate_education",
    "additional": "additional_education",
}
PARTS: tuple[Part, ...] = (
    "former_names",
    *EDUCATION_PARTS.values(),
    "certificates",
    "accreditations",
    "employments",
    "categories",
    "nominations",
)


def changed_fields(before: Record, after: Record) -> list[str]:
    """Names of the personal fields and blocks that differ."""
    return [name for name in (*PERSONAL, *BLOCKS) if getattr(before, name) != getattr(after, name)]
