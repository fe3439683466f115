"""Mirrored admission documents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_registry.base import Model


class AdmissionDocument(Model, table=True):
    """A certificate, an accreditation, or an accreditation known by its protocol only.

    The id comes from the register's own ids, so a corrected number or an issued certificate keeps it.
    """

    __tablename__ = "admission_document"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    kind: str = Field(sa_type=Text)
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    exam_on: date
    issued_on: date
    valid_until: date | None
    detail: str = Field(sa_type=Text)
    register_number: str = Field(sa_type=Text, default="", sa_column_kwargs={"server_default": ""})
    protocol_number: str = Field(sa_type=Text, default="", sa_column_kwargs={"server_default": ""})
    removed_at: datetime | None = utc_field(nullable=True)
    """When the register stopped showing it; cycles may stand on it, so the row stays."""
    specialty_code: str | None = Field(sa_type=Text, default=None)
    """The register's code; `…_edition` is `book.edition` of the version by which it was read, null if it has no such code."""
    specialty_edition: int | None = None
    detail_code: str | None = Field(sa_type=Text, default=None)
    detail_edition: int | None = None
