"""Events of the register's mirror: what changed about a specialist, by id."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_contracts.base import EventPayload

DocumentKind = Literal["certificate", "accreditation", "accreditation_protocol"]
OwnDocumentKind = Literal[
    "certificate", "accreditation", "accreditation_protocol", "diploma", "additional_education"
]
DisputedField = Literal[
    "last_name",
    "first_name",
    "patronymic",
    "birth_on",
    "gender",
    "citizenship",
    "series",
    "number",
    "exam_on",
    "issued_on",
]
DocumentOutcome = Literal["verified", "refused", "asked", "withdrawn", "late"]


class _SpecialistEvent(EventPayload):
    subject_field: ClassVar[str] = "specialist_id"
    subject_kind: ClassVar[str] = "specialist"

    specialist_id: UUID


class SpecialistRecordedV1(_SpecialistEvent):
    """The register's record appeared in the mirror."""

    type_name: ClassVar[str] = "registry.specialist.recorded.v1"
    register_version: str


class SpecialistChangedV1(_SpecialistEvent):
    """Fields of the record changed; names of the fields only."""

    type_name: ClassVar[str] = "registry.specialist.changed.v1"
    register_version: str
    changed: list[str]


class SpecialistRemovedV1(_SpecialistEvent):
    """The record left the register with everything about it; the mirror keeps it marked.

    Nothing else is told of what was in it. If the person comes back, `recorded` and all they have are told anew.
    """

    type_name: ClassVar[str] = "registry.specialist.removed.v1"


class AccreditationRecordedV1(_SpecialistEvent):
    """A document that admits to work (certificate or accreditation) is in the mirror, new or changed.

    `document_id` stays the same when the register corrects the document.
    """

    type_name: ClassVar[str] = "registry.accreditation.recorded.v1"
    document_id: UUID
    kind: DocumentKind
    specialty_key: str
    specialty_name: str
    series: str
    number: str
    exam_on: date
    issued_on: date
    valid_until: date | None


class AccreditationRemovedV1(_SpecialistEvent):
    """The register no longer shows a document that admits to work; if it comes back, it is recorded again."""

    type_name: ClassVar[str] = "registry.accreditation.removed.v1"
    document_id: UUID


class EducationRecordedV1(_SpecialistEvent):
    """An education document is in the mirror."""

    type_name: ClassVar[str] = "registry.education.recorded.v1"
    document_id: UUID
    level: str


class EducationRemovedV1(_SpecialistEvent):
    """The register no longer shows an education document; if it comes back, it is recorded again."""

    type_name: ClassVar[str] = "registry.education.removed.v1"
    document_id: UUID


class EmploymentChangedV1(_SpecialistEvent):
    """The list of employments changed."""

    type_name: ClassVar[str] = "registry.employment.changed.v1"
    employer_oids: list[str]


class _OwnDocumentEvent(EventPayload):
    subject_field: ClassVar[str] = "document_id"
    subject_kind: ClassVar[str] = "document"

    document_id: UUID
    person_id: UUID
    number: str
    """Number of the verification, as people read it."""


class DocumentSentV1(_OwnDocumentEvent):
    """A person added a document that the register does not show, or corrected it; nobody has verified it yet.

    Admission documents carry what a cycle needs; of others there is the kind alone.
    """

    type_name: ClassVar[str] = "registry.document.sent.v1"
    kind: OwnDocumentKind
    specialty_key: str
    specialty_name: str
    document_series: str
    document_number: str
    exam_on: date | None
    issued_on: date
    due_at: datetime


class DocumentMovedV1(_OwnDocumentEvent):
    """The verification of a document went on; `late`: its term passed and support was told."""

    type_name: ClassVar[str] = "registry.document.moved.v1"
    outcome: DocumentOutcome
    occurred_at: datetime


class DocumentReplacedV1(_OwnDocumentEvent):
    """The register shows the document now: whatever stood on the person's own stands on `replaced_by` from here on."""

    type_name: ClassVar[str] = "registry.document.replaced.v1"
    replaced_by: UUID
    kind: DocumentKind
    specialty_key: str
    specialty_name: str
    document_series: str
    document_number: str
    exam_on: date
    issued_on: date
    valid_until: date | None
    occurred_at: datetime


class DifferenceDisputedV1(EventPayload):
    """A person holds their own value for right and the register's for wrong: support is to look.

    Of the person's own data the field is named and no value; of a document that they added, both values too.
    """

    type_name: ClassVar[str] = "registry.difference.disputed.v1"
    subject_field: ClassVar[str] = "answer_id"
    subject_kind: ClassVar[str] = "difference"
    answer_id: UUID
    person_id: UUID
    field: DisputedField
    document: str | None = None
    """Number of the document's verification, as people read it; None for the person's own data."""
    specialty_name: str | None = None
    own_value: str | None = None
    register_value: str | None = None
    reference: str | None = None
    """Code of the match that the person looked at."""
    occurred_at: datetime


class DictionaryValue(BaseModel):
    """One value of a reference book; values that ended stay in the list, out of force."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    code: str
    name: str
    in_force: bool
    successors: list[str] = Field(default_factory=list)
    """Keys in force that one out of force became by an order: renamed, joined or split."""


class DictionaryPublishedV1(EventPayload):
    """A new current version of a reference book.

    `values` is the whole version where it fits into an event (specialties do); None means that the registry is to be
    asked.
    """

    type_name: ClassVar[str] = "registry.dictionary.published.v1"
    subject_field: ClassVar[str] = "book"
    subject_kind: ClassVar[str] = "dictionary"
    book: str
    version: str
    oid: str | None = None
    values: list[DictionaryValue] | None = None


EVENTS = (
    SpecialistRecordedV1,
    SpecialistChangedV1,
    SpecialistRemovedV1,
    AccreditationRecordedV1,
    AccreditationRemovedV1,
    EducationRecordedV1,
    EducationRemovedV1,
    EmploymentChangedV1,
    DictionaryPublishedV1,
    DocumentSentV1,
    DocumentMovedV1,
    DocumentReplacedV1,
    DifferenceDisputedV1,
)
