"""Moves of documents added by hand as events; admission documents tell what a cycle needs, no others do."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from nmo_contracts.registry import (
    DocumentKind,
    DocumentMovedV1,
    DocumentOutcome,
    DocumentReplacedV1,
    DocumentSentV1,
    OwnDocumentKind,
)
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.own_documents.rules import ADMISSION
from nmo_registry.own_documents.sealing import Details
from nmo_registry.own_documents.tables import OwnDocument


def sent(row: OwnDocument, details: Details) -> DocumentSentV1:
    """It was added or corrected, and waits for the portal."""
    if row.due_at is None:
        raise ValueError("a document that was sent has a term")
    admits = row.kind in ADMISSION
    return DocumentSentV1(
        document_id=row.id,
        person_id=row.person_id,
        number=row.number,
        kind=cast("OwnDocumentKind", row.kind),
        specialty_key=row.specialty_key,
        specialty_name=row.specialty_name if admits else "",
        document_series=details.series if admits else "",
        document_number=details.number if admits else "",
        exam_on=row.exam_on,
        issued_on=row.issued_on,
        due_at=row.due_at,
    )


def moved(row: OwnDocument, outcome: DocumentOutcome, at: datetime) -> DocumentMovedV1:
    """The verification went on."""
    return DocumentMovedV1(
        document_id=row.id, person_id=row.person_id, number=row.number, outcome=outcome, occurred_at=at
    )


def replaced(row: OwnDocument, found: AdmissionDocument, at: datetime) -> DocumentReplacedV1:
    """The register shows it."""
    return DocumentReplacedV1(
        document_id=row.id,
        person_id=row.person_id,
        number=row.number,
        replaced_by=found.id,
        kind=cast("DocumentKind", found.kind),
        specialty_key=found.specialty_key,
        specialty_name=found.specialty_name,
        document_series=found.series,
        document_number=found.number,
        exam_on=found.exam_on,
        issued_on=found.issued_on,
        valid_until=found.valid_until,
        occurred_at=at,
    )
