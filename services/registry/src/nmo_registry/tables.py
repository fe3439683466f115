"""All tables of the service, imported so that their metadata is complete."""

from nmo_registry.base import Model
from nmo_registry.documents.tables import AdmissionDocument
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
    QualificationCategory,
    Specialist,
    SpecialistName,
)
from nmo_registry.sync.tables import (
    Reconciliation,
    ReconciliationMissing,
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
    "EducationDocument",
    "Employer",
    "EmploymentRow",
    "QualificationCategory",
    "Reconciliation",
    "ReconciliationMissing",
    "Specialist",
    "SpecialistName",
    "SyncQuarantine",
    "SyncRun",
    "SyncState",
]
