"""Answer with the documents that admit to work."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from nmo_registry.reference_books.schemas import SpecialtyRead


class AdmissionDocumentItem(SpecialtyRead):
    """A certificate, an accreditation, or a protocol of one; cycles start from it."""

    document_id: UUID
    kind: Literal["certificate", "accreditation", "accreditation_protocol"]
    specialty_key: str
    specialty_name: str
    series: str
    number: str
    exam_on: date
    issued_on: date
    valid_until: date | None
    register_number: str
    protocol_number: str


class AdmissionDocuments(BaseModel):
    """All of them, the newest first."""

    items: list[AdmissionDocumentItem]
    next_cursor: None
