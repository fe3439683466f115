"""Bodies of the comparison."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from nmo_registry.comparison.rules import Choice

PersonField = Literal["last_name", "first_name", "patronymic", "birth_on", "gender", "citizenship"]
DocumentField = Literal["series", "number", "exam_on", "issued_on"]
Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class AnswerAboutPerson(BaseModel):
    """What the person answers about a difference in their own data."""

    model_config = ConfigDict(extra="forbid")

    field: PersonField
    choice: Choice
    own_value: Value
    """What the person holds for right: the value of Госуслуги, or their own."""
    register_version: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""
    """Version of the record that they looked at; empty while the record is not proven to be theirs."""
    reference: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,64}$")] = ""
    """Code of the match."""


class AnswerAboutDocument(BaseModel):
    """What the person answers about a document they typed and the register shows otherwise."""

    model_config = ConfigDict(extra="forbid")

    field: DocumentField
    choice: Choice


class Answered(BaseModel):
    """An answer as it is kept."""

    answer_id: UUID
    subject: str
    field: str
    choice: Choice
    own: str
    register_value: str | None
    current: bool
    """The register still says what the answer is about; otherwise the person is asked anew."""
    answered_at: datetime


class ComparedField(BaseModel):
    """One field of two sources."""

    field: DocumentField
    own: str
    register_value: str
    same: bool


class ComparedDocument(BaseModel):
    """A document added by hand beside the register's one."""

    document_id: UUID
    number: str
    kind: str
    specialty_name: str
    fields: list[ComparedField]


class Comparison(BaseModel):
    """What differs and what was answered, the latest first."""

    register_version: str | None
    documents: list[ComparedDocument]
    answers: list[Answered]
