"""The register card as its owner sees it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class EducationItem(BaseModel):
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


class CertificateItem(BaseModel):
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


class EmploymentItem(BaseModel):
    """A job with its employer."""

    employer_oid: str
    employer_name: str
    employer_short_name: str
    employer_address: str
    region_code: str
    region_name: str
    position: str
    rate: Decimal
    kind: str
    state_budget: bool
    began_on: date | None
    ended_on: date | None


class CategoryItem(BaseModel):
    """A qualification category."""

    name: str
    specialty_key: str
    specialty_name: str
    assigned_on: date | None
    valid_until: date | None


class FormerNameItem(BaseModel):
    """A name borne before."""

    last_name: str
    first_name: str
    patronymic: str | None
    changed_on: date | None


class RegisterCard(BaseModel):
    """Everything mirrored of the person, with the age of it (FRM-01, FRM-10)."""

    specialist_id: UUID
    last_name: str
    first_name: str
    patronymic: str | None
    snils_masked: str
    birth_on: date
    gender: Literal["male", "female"]
    citizenship: str
    former_names: list[FormerNameItem]
    updated_at: datetime
    fetched_at: datetime
    register_version: str
    educations: list[EducationItem]
    certificates: list[CertificateItem]
    accreditations: list[AccreditationItem]
    employments: list[EmploymentItem]
    categories: list[CategoryItem]
