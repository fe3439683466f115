"""Requests and answers about cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints, model_validator

from nmo_cycles.cycles.rules import Section
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.rules import MAX_NUMBER, MAX_SERIES, Document, DocumentKind
from nmo_kit.clock import CalendarDate

Series = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_SERIES)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NUMBER)]


class TypedDocument(BaseModel):
    """A document as the specialist types it; the cycle's dates are computed and cannot be given."""

    model_config = ConfigDict(extra="forbid")

    kind: DocumentKind
    series: Series | None = None
    number: Number | None = None
    exam_on: CalendarDate
    issued_on: CalendarDate | None = None

    def as_document(self) -> Document:
        """As a value for the rules; a document without its own date has that of the exam."""
        return Document(
            kind=self.kind,
            series=self.series or "",
            number=self.number or "",
            issued_on=self.issued_on or self.exam_on,
            exam_on=self.exam_on,
        )


_TEXT: JsonValue = {"type": "string"}
_OBJECT: JsonValue = {"type": "object"}
_NOTHING: JsonValue = {"type": "null"}
_WAYS: list[JsonValue] = [
    {
        "properties": {"document_id": _TEXT, "specialty_key": _NOTHING, "document": _NOTHING},
        "required": ["document_id"],
    },
    {
        "properties": {"document_id": _NOTHING, "specialty_key": _TEXT, "document": _OBJECT},
        "required": ["specialty_key", "document"],
    },
]
"""The same two ways as a schema tells them."""


class OpenCycle(BaseModel):
    """Either a document of the register, or a specialty with a typed document."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": _WAYS})

    document_id: UUID | None = None
    specialty_key: Annotated[str, StringConstraints(max_length=20)] | None = None
    document: TypedDocument | None = None
    preferred_organization_id: UUID | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        typed = self.specialty_key is not None and self.document is not None
        if (self.document_id is None) != typed or (
            self.document_id is not None and (self.specialty_key is not None or self.document is not None)
        ):
            msg = "Передайте документ из регистра или специальность с данными документа"
            raise ValueError(msg)
        return self


class EditCycle(BaseModel):
    """The only change allowed; other fields are taken in so that they can be named in the refusal."""

    model_config = ConfigDict(extra="allow")

    preferred_organization_id: UUID | None = None


class DocumentView(BaseModel):
    """The document a cycle stands on."""

    kind: DocumentKind
    series: str
    number: str
    issued_on: date
    exam_on: date
    document_id: UUID | None
    removed_at: datetime | None = None
    """Since when the register does not show it; None while it does, and for a typed one."""


class CycleView(BaseModel):
    """A cycle."""

    cycle_id: UUID
    specialty_key: str
    specialty_name: str
    specialty_code: str | None
    specialty_oid: str | None
    specialty_version: str | None
    specialty_successors: list[str] = []
    """Specialties that its one became by an order; what is taught for them counts too."""
    section: Section
    document: DocumentView
    starts_on: date
    ends_on: date
    preferred_organization_id: UUID | None
    status: Literal["unconfirmed", "confirmed"]
    confirmed_by_organization_id: UUID | None
    closed: bool
    version: int
    total_zet: Decimal


class CycleList(BaseModel):
    """All cycles of a person: a handful, never a second page."""

    items: list[CycleView]
    next_cursor: None


class OfferView(BaseModel):
    """A cycle that one press opens; `cycle_id` tells it is open already."""

    document_id: UUID
    kind: DocumentKind
    specialty_key: str
    specialty_name: str
    series: str
    number: str
    confirmed: bool
    """False: added by hand and not verified yet."""
    exam_on: date
    issued_on: date
    section: Section
    starts_on: date
    ends_on: date
    ended: bool
    cycle_id: UUID | None


class OfferList(BaseModel):
    """Offers of a person."""

    items: list[OfferView]
    next_cursor: None


def cycle_view(
    cycle: Cycle, *, total_zet: Decimal, today: date, successors: Mapping[str, Sequence[str]]
) -> CycleView:
    """A row as its answer; `successors` tells what retired specialties became."""
    return CycleView(
        cycle_id=cycle.id,
        specialty_key=cycle.specialty_key,
        specialty_name=cycle.specialty_name,
        specialty_code=cycle.specialty_code,
        specialty_oid=cycle.specialty_oid,
        specialty_version=cycle.specialty_version,
        specialty_successors=list(successors.get(cycle.specialty_key, ())),
        section=Section(cycle.section),
        document=DocumentView(
            kind=DocumentKind(cycle.document_kind),
            series=cycle.document_series,
            number=cycle.document_number,
            issued_on=cycle.document_issued_on,
            exam_on=cycle.document_exam_on,
            document_id=cycle.document_id,
            removed_at=cycle.document_removed_at,
        ),
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        preferred_organization_id=cycle.preferred_organization_id,
        status="confirmed" if cycle.confirmed_at else "unconfirmed",
        confirmed_by_organization_id=cycle.confirmed_by_organization_id,
        closed=cycle.is_closed(today),
        version=cycle.version,
        total_zet=total_zet,
    )
