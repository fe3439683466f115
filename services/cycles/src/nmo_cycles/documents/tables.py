"""Documents as the registry last told them: the register's own, and those that persons added by hand."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_cycles.documents.rules import Document, DocumentKind
from nmo_kit.db import utc_field


class RegistryDocumentCopy(Model, table=True):
    """A certificate, an accreditation, or the protocol that stands in for it."""

    __tablename__ = "registry_document_copy"

    document_id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(index=True)
    kind: str = Field(sa_type=Text)
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    exam_on: date
    issued_on: date
    valid_until: date | None = None
    version: int
    """Version of the specialist's record that told it."""
    copied_at: datetime = utc_field()
    removed_at: datetime | None = utc_field(nullable=True, default=None)
    """Since when the register does not show it; a cycle may stand on it, so the row stays."""

    @property
    def document(self) -> Document:
        """As a value for the rules."""
        return Document(
            kind=DocumentKind(self.kind),
            series=self.series,
            number=self.number,
            issued_on=self.issued_on,
            exam_on=self.exam_on,
            valid_until=self.valid_until,
        )


class RegistryRemoval(Model, table=True):
    """The register stopped showing a document, a diploma or a whole person: what was told before is past.

    Kept for itself, so that what was told before and arrives later brings nothing back.
    """

    __tablename__ = "registry_removal"

    subject_id: UUID = Field(primary_key=True)
    """Id of the document, or of the specialist."""
    version: int
    """Version of the specialist's record that told it."""
    removed_at: datetime = utc_field()


class OwnDocumentCopy(Model, table=True):
    """A document a person added by hand because the register does not show it; it admits to work likewise."""

    __tablename__ = "own_document_copy"

    document_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(index=True)
    kind: str = Field(sa_type=Text)
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    exam_on: date
    issued_on: date
    state: str = Field(sa_type=Text)
    """`sent`, `verified`, `refused`, `asked`, `withdrawn`, `late` or `replaced`."""
    version: int
    copied_at: datetime = utc_field()

    @property
    def document(self) -> Document:
        """As a value for the rules."""
        return Document(
            kind=DocumentKind(self.kind),
            series=self.series,
            number=self.number,
            issued_on=self.issued_on,
            exam_on=self.exam_on,
        )

    @property
    def opens(self) -> bool:
        """A cycle may be opened on it: nobody refused it, and the register does not show it yet."""
        return self.state in {"sent", "asked", "late", "verified"}


AnyDocument = RegistryDocumentCopy | OwnDocumentCopy
