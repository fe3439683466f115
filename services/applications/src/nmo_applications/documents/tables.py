"""Documents that were formed: where their bytes are and how they are checked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from nmo_applications.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class IssuedDocument(Model, table=True):
    """One formed document; a changed form makes a new one, the older stays checkable as superseded."""

    __tablename__ = "issued_document"
    __table_args__ = (
        Index(
            "uq_issued_document_edition",
            "application_id",
            "kind",
            "form_version",
            "template_version",
            unique=True,
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    kind: str = Field(sa_type=Text)
    form_version: int
    template_version: int
    check_code: str = Field(sa_type=Text, unique=True)
    sha256: str = Field(sa_type=Text)
    size_bytes: int
    object_key: str = Field(sa_type=Text)
    applicant_initials: str = Field(sa_type=Text)
    issued_at: datetime = utc_field()
