"""Mirrored people: person, former names, education, employments, categories, employers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_registry.base import Model


class Specialist(Model, table=True):
    """One person of the register. СНИЛС and birth date are sealed; a keyed digest finds the number."""

    __tablename__ = "specialist"
    __table_args__ = (
        # A record that left the register keeps its row; the number may come back with another record.
        Index(
            "uq_specialist_snils_index",
            "snils_index",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    register_oid: str = Field(sa_type=Text, unique=True)
    snils_sealed: bytes = Field(sa_type=LargeBinary)
    snils_index: bytes = Field(sa_type=LargeBinary)
    last_name: str = Field(sa_type=Text)
    first_name: str = Field(sa_type=Text)
    patronymic: str | None = Field(sa_type=Text)
    birth_sealed: bytes = Field(sa_type=LargeBinary)
    gender: str = Field(sa_type=Text)
    citizenship_code: str = Field(sa_type=Text)
    citizenship_name: str = Field(sa_type=Text)
    register_version: str = Field(sa_type=Text)
    version: int
    """Grows with every event about the person; the last event's `subjectversion`."""
    fetched_at: datetime = utc_field()
    """When the register last confirmed the record."""
    updated_at: datetime = utc_field()
    """When the content last changed here."""
    removed_at: datetime | None = utc_field(nullable=True)
    left_out: dict[str, str | None] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    """Parts that the last answer did not carry, or not whole, and when the register last gave each; null for never.

    Every other part is as fresh as the row.
    """


class SpecialistName(Model, table=True):
    """A name the person bore before."""

    __tablename__ = "specialist_name"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    last_name: str = Field(sa_type=Text)
    first_name: str = Field(sa_type=Text)
    patronymic: str | None = Field(sa_type=Text)
    changed_on: date | None


class EducationDocument(Model, table=True):
    """An education document."""

    __tablename__ = "education_document"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    kind: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    institution: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    qualification: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    issued_on: date | None
    hours: int | None
    specialty_code: str | None = Field(sa_type=Text, default=None)
    """The register's code; `…_edition` is `book.edition` of the version by which it was read, null if it has no such code."""
    specialty_edition: int | None = None


class EmploymentRow(Model, table=True):
    """A job of the person."""

    __tablename__ = "employment"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    employer_oid: str = Field(sa_type=Text, index=True)
    position: str = Field(sa_type=Text)
    rate: Decimal = Field(sa_column=Column(Numeric(5, 2), nullable=False))
    kind: str = Field(sa_type=Text)
    began_on: date | None
    ended_on: date | None
    department: str = Field(sa_type=Text, default="", sa_column_kwargs={"server_default": ""})
    position_code: str | None = Field(sa_type=Text, default=None)
    position_edition: int | None = None


class QualificationCategory(Model, table=True):
    """A qualification category of the person."""

    __tablename__ = "qualification_category"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    name: str = Field(sa_type=Text)
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    assigned_on: date | None
    valid_until: date | None
    name_code: str | None = Field(sa_type=Text, default=None)
    name_edition: int | None = None
    specialty_code: str | None = Field(sa_type=Text, default=None)
    specialty_edition: int | None = None


class NominationRow(Model, table=True):
    """An award of the person."""

    __tablename__ = "nomination"

    id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(foreign_key="specialist.id", index=True)
    name: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    awarded_on: date | None


EMPLOYER_WORDS: Final = "to_tsvector('simple'::regconfig, translate((name || ' ') || short_name, 'ёЁ', 'еЕ'))"
"""What a search by name looks through, spelled as the database shows its index."""


class Employer(Model, table=True):
    """A medical organisation of ФРМО, as last read."""

    __tablename__ = "employer"
    __table_args__ = (
        Index(
            "ix_employer_words",
            text(EMPLOYER_WORDS),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    oid: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    short_name: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    region_code: str = Field(sa_type=Text)
    region_name: str = Field(sa_type=Text)
    state_budget: bool
    fetched_at: datetime = utc_field()
    organization_id: UUID | None = Field(index=True)
    """By which roles name it (`medical_organization_id`); None where code of before wrote the row."""
    region_edition: int | None = None
    """`book.edition` of the version that had the region's code when the organisation was read."""
