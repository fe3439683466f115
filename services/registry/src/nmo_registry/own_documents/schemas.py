"""Bodies of documents added by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nmo_kit.clock import CalendarDate
from nmo_registry.own_documents.rules import Kind, State, Typed

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
MAX_HOURS = 5000


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentForm(_Request):
    """What a person tells of a document; what its kind does not have is left out."""

    kind: Kind
    specialty_key: Short = ""
    """Key of the list of specialties: certificates, accreditations, extracts."""
    specialty_name: Line = ""
    """By the diploma, as written there."""
    series: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    number: Short = ""
    institution: Line = ""
    theme: Line = ""
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] | None = None
    exam_on: CalendarDate | None = None
    issued_on: CalendarDate | None = None
    scan_ids: Annotated[list[UUID], Field(max_length=50)] = []
    data_are_true: Literal[True]
    """The person says so."""
    reports_new_surname: Literal[True]
    """The person undertakes to tell of a change of surname."""

    def typed(self) -> Typed:
        """As a value for the rules: what does not belong to the kind is dropped."""
        admits = self.kind in {Kind.CERTIFICATE, Kind.ACCREDITATION, Kind.PROTOCOL}
        additional = self.kind is Kind.ADDITIONAL
        return Typed(
            kind=self.kind,
            specialty_key=self.specialty_key if admits else "",
            specialty_name="" if admits else self.specialty_name,
            series=self.series,
            number=self.number,
            institution=self.institution,
            theme=self.theme if additional else "",
            hours=self.hours if additional else None,
            exam_on=self.exam_on if admits else None,
            issued_on=self.issued_on,
        )


class Reason(_Request):
    """The employee's words to the owner."""

    text: Words


class KeptScan(BaseModel):
    """A scan that was taken; the form names it by its id."""

    scan_id: UUID
    media_type: str
    size_bytes: int


class Sent(BaseModel):
    """The new document; nothing personal, so the answer may be kept with its key."""

    document_id: UUID
    number: str
    state: State
    due_at: datetime


class OwnItem(BaseModel):
    """A line of the owner's list."""

    document_id: UUID
    number: str
    kind: Kind
    state: State
    confirmed: bool
    """False: shown «не подтверждено»."""
    specialty_key: str
    specialty_name: str
    exam_on: date | None
    issued_on: date
    due_at: datetime | None
    late: bool
    replaced_by: UUID | None
    created_at: datetime
    updated_at: datetime


class OwnItems(BaseModel):
    """All documents of a person: a handful, never a second page."""

    items: list[OwnItem]
    next_cursor: None


class MoveView(BaseModel):
    """A line of the history."""

    at: datetime
    action: str
    state: State
    role: Literal["person", "support", "system"]
    words: str | None


class OwnView(OwnItem):
    """A document with all that was typed, its scans and history."""

    series: str
    document_number: str
    institution: str
    theme: str
    hours: int | None
    reason: str | None
    scans: list[KeptScan]
    history: list[MoveView]
    allowed: list[str]


class QueueItem(BaseModel):
    """A line of the employees' queue: nothing personal before it is taken (ROL-04)."""

    document_id: UUID
    number: str
    kind: Kind
    state: State
    stage: str
    level: int
    due_at: datetime | None
    late: bool
    created_at: datetime


class QueueCounts(BaseModel):
    """How much there is to do."""

    new: int
    mine: int
    late: int


class Owner(BaseModel):
    """Who sent the document."""

    full_name: str
    birth_on: date | None
    snils: str | None


class WorkView(OwnView):
    """A document as the employee who verifies it sees it."""

    level: int
    stage: str
    owner: Owner | None
    """None while identity does not answer."""
