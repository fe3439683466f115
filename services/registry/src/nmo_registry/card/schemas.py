"""The register card as its owner sees it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from nmo_registry.frmr.record import Part
from nmo_registry.reference_books.schemas import SpecialtyRead


class EducationItem(SpecialtyRead):
    """An education document."""

    education_id: UUID
    kind: str
    level: str
    institution: str
    specialty_name: str
    qualification: str
    series: str
    number: str
    issued_on: date | None
    hours: int | None


class CertificateItem(SpecialtyRead):
    """A specialist certificate."""

    document_id: UUID
    document_kind: Literal["certificate", "accreditation", "accreditation_protocol"]
    specialty_key: str
    specialty_name: str
    series: str
    number: str
    exam_on: date
    issued_on: date
    valid_until: date | None


class AccreditationItem(CertificateItem):
    """An accreditation; `kind` is `primary`, `primary_specialized`, `periodic`, or the register's own word."""

    kind: str
    kind_code: str | None
    kind_book: str | None
    kind_version: str | None
    register_number: str
    protocol_number: str


class EmploymentItem(BaseModel):
    """A job with its employer."""

    employer_oid: str
    employer_name: str
    employer_short_name: str
    employer_address: str
    region_code: str
    region_name: str
    region_book: str | None
    region_version: str | None
    position: str
    position_code: str | None
    position_book: str | None
    position_version: str | None
    department: str
    rate: Decimal
    kind: str
    state_budget: bool
    began_on: date | None
    ended_on: date | None


class CategoryItem(SpecialtyRead):
    """A qualification category."""

    name: str
    name_code: str | None
    name_book: str | None
    name_version: str | None
    specialty_key: str
    specialty_name: str
    assigned_on: date | None
    valid_until: date | None


class NominationItem(BaseModel):
    """An award."""

    name: str
    number: str
    awarded_on: date | None


class PartOrigin(BaseModel):
    """Where a part of the card comes from, and how fresh it is; `person` is what stands in the card itself.

    `fetched_at` is older than the card's if the last answer of the register did not carry the part, or not whole; null if
    none ever did.
    """

    part: Part | Literal["person"]
    source: Literal["frmr"] = "frmr"
    fetched_at: datetime | None
    register_version: str


class FormerNameItem(BaseModel):
    """A name borne before."""

    last_name: str
    first_name: str
    patronymic: str | None
    changed_on: date | None


class RegisterCard(BaseModel):
    """Everything mirrored of the person, with the age of it (FRM-01, FRM-10).

    A value of a reference book has its name as shown and beside it the register's code, and the book (OID of НСИ) and the
    version that had it when it was read; these are null where the portal's version of the book had no such code (FRM-07).
    """

    specialist_id: UUID
    last_name: str
    first_name: str
    patronymic: str | None
    snils_masked: str
    birth_on: date
    gender: Literal["male", "female"]
    citizenship: str
    citizenship_code: str
    former_names: list[FormerNameItem]
    updated_at: datetime
    fetched_at: datetime
    register_version: str
    educations: list[EducationItem]
    certificates: list[CertificateItem]
    accreditations: list[AccreditationItem]
    employments: list[EmploymentItem]
    categories: list[CategoryItem]
    nominations: list[NominationItem]
    parts: list[PartOrigin]
