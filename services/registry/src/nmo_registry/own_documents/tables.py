"""Documents added by hand, their scans and history, terms of verification. What identifies a person is sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Text, text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_registry.base import Model

_REPLACEABLE = "state in ('sent', 'checking', 'asked', 'refused', 'verified')"


class OwnDocumentNumber(Model, table=True):
    """Last number given out in a year; its row lock makes numbers unique and in order."""

    __tablename__ = "own_document_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class VerificationTerm(Model, table=True):
    """How many hours the portal has at a stage: `first`, `documents`, `correction`."""

    __tablename__ = "verification_term"

    stage: str = Field(primary_key=True, sa_type=Text)
    hours: int


class OwnDocument(Model, table=True):
    """One document as its owner typed it, and where its verification stands."""

    __tablename__ = "own_document"
    __table_args__ = (
        Index("ix_own_document_person_id", "person_id"),
        Index("ix_own_document_specialist_id", "specialist_id", postgresql_where=text(_REPLACEABLE)),
        Index("ix_own_document_queue", "due_at", "id", postgresql_where=text("due_at is not null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    number: str = Field(sa_type=Text, unique=True)
    person_id: UUID
    specialist_id: UUID | None = None
    """The person in the register, as soon as it is known."""
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    specialty_key: str = Field(default="", sa_type=Text)
    specialty_name: str = Field(default="", sa_type=Text)
    book_version: str = Field(default="", sa_type=Text)
    """Version of the list of specialties that key and name are taken from."""
    exam_on: date | None = None
    issued_on: date
    details_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Series, number, organisation, theme, hours."""
    reason_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """What the employee asks for, or why it was refused; the last word."""
    stage: str = Field(sa_type=Text, foreign_key="verification_term.stage")
    due_at: datetime | None = utc_field(nullable=True, default=None)
    """By when the portal answers; none while it is the person's turn or all is said."""
    late_at: datetime | None = utc_field(nullable=True, default=None)
    level: int = 1
    """Line of support; a missed term raises it."""
    taken_by: UUID | None = None
    taken_at: datetime | None = utc_field(nullable=True, default=None)
    decided_by: UUID | None = None
    decided_at: datetime | None = utc_field(nullable=True, default=None)
    replaced_by: UUID | None = None
    """The register's document that took its place."""
    version: int = 1
    created_at: datetime = utc_field()
    updated_at: datetime = utc_field()


class OwnDocumentScan(Model, table=True):
    """A scan, sealed; without a document until the form is sent."""

    __tablename__ = "own_document_scan"
    __table_args__ = (Index("ix_own_document_scan_document_id", "document_id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(index=True)
    document_id: UUID | None = Field(default=None, foreign_key="own_document.id")
    media_type: str = Field(sa_type=Text)
    size_bytes: int
    content_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = utc_field()


class OwnDocumentMove(Model, table=True):
    """One line of the history: who moved it, in which capacity, when, with which words."""

    __tablename__ = "own_document_move"
    __table_args__ = (Index("ix_own_document_move_document_id_id", "document_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    document_id: UUID = Field(foreign_key="own_document.id")
    at: datetime = utc_field()
    action: str = Field(sa_type=Text)
    from_state: str | None = Field(default=None, sa_type=Text)
    to_state: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    actor_role: str = Field(sa_type=Text)
    words_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
