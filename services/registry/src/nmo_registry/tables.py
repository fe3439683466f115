"""All tables of the service, imported so that their metadata is complete."""

from nmo_registry.base import Model
from nmo_registry.comparison.tables import DifferenceAnswer
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.own_documents.tables import (
    OwnDocument,
    OwnDocumentMove,
    OwnDocumentNumber,
    OwnDocumentScan,
    VerificationTerm,
)
from nmo_registry.reference_books.tables import (
    Book,
    BookCode,
    BookEntry,
    BookLoad,
    BookLoadRow,
    BookState,
    BookSuccessor,
)
from nmo_registry.specialists.tables import (
    EducationDocument,
    Employer,
    EmploymentRow,
    NominationRow,
    QualificationCategory,
    Specialist,
    SpecialistName,
)
from nmo_registry.staff.tables import PersonRecord
from nmo_registry.sync.tables import (
    Reconciliation,
    ReconciliationLine,
    ReconciliationMissing,
    ReconciliationOrder,
    SyncQuarantine,
    SyncRun,
    SyncState,
)

METADATA = Model.metadata
__all__ = [
    "METADATA",
    "AdmissionDocument",
    "Book",
    "BookCode",
    "BookEntry",
    "BookLoad",
    "BookLoadRow",
    "BookState",
    "BookSuccessor",
    "DifferenceAnswer",
    "EducationDocument",
    "Employer",
    "EmploymentRow",
    "NominationRow",
    "OwnDocument",
    "OwnDocumentMove",
    "OwnDocumentNumber",
    "OwnDocumentScan",
    "PersonRecord",
    "QualificationCategory",
    "Reconciliation",
    "ReconciliationLine",
    "ReconciliationMissing",
    "ReconciliationOrder",
    "Specialist",
    "SpecialistName",
    "SyncQuarantine",
    "SyncRun",
    "SyncState",
    "VerificationTerm",
]
