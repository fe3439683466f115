"""Applications, their history, and the counter that numbers them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Enum, Index, LargeBinary, Numeric, Text, text
from sqlmodel import Field

from nmo_applications.base import Model
from nmo_applications.enrolment.form_rules import Form
from nmo_applications.enrolment.rules import Seat, Status
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7

CODE_LENGTH = 30


def _codes(kind: type[StrEnum]) -> Enum:
    """Column type for a code kept as its text, read back as the enumeration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=CODE_LENGTH,
        values_callable=lambda codes: [*codes],
    )


class NumberCounter(Model, table=True):
    """Last number given out in a year; its row lock makes numbers unique and in order (APP-01)."""

    __tablename__ = "application_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class RemovedPlanItem(Model, table=True):
    """A plan item known to be gone before its application was drafted: the late event drafts nothing."""

    __tablename__ = "removed_plan_item"

    plan_item_id: UUID = Field(primary_key=True)


class Application(Model, table=True):
    """A training application."""

    __tablename__ = "application"
    __table_args__ = (
        Index("ix_application_person_id_id", "person_id", "id"),
        Index("ix_application_element_id", "element_id"),
        Index(
            "ix_application_queue",
            "organization_id",
            "id",
            postgresql_where=text("deleted_at is null and submitted_at is not null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    number: str = Field(sa_type=Text, unique=True)
    person_id: UUID
    cycle_id: UUID
    plan_item_id: UUID = Field(unique=True)
    element_id: UUID = Field(foreign_key="catalog_element_copy.element_id")
    organization_id: UUID
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str | None = Field(default=None, sa_type=Text)
    """As the cycle showed it when the programme was chosen; documents print it for ever."""
    specialty_version: str | None = Field(default=None, sa_type=Text)
    status: Status = Field(default=Status.DRAFT, sa_column=Column(_codes(Status), nullable=False))
    seat: Seat = Field(default=Seat.NONE, sa_column=Column(_codes(Seat), nullable=False))
    version: int = 1
    form_version: int = 1

    employment: str | None = Field(default=None, sa_type=Text)
    position: str | None = Field(default=None, sa_type=Text)
    workplace_name: str | None = Field(default=None, sa_type=Text)
    workplace_address: str | None = Field(default=None, sa_type=Text)
    region_code: str | None = Field(default=None, sa_type=Text)
    basis: str | None = Field(default=None, sa_type=Text)
    payer: str | None = Field(default=None, sa_type=Text)
    employer_oid: str | None = Field(default=None, sa_type=Text)

    applicant: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """Who applies, sealed, as proven at the moment of submission."""
    reason: str | None = Field(default=None, sa_type=Text)
    reason_code: str | None = Field(default=None, sa_type=Text)
    completed_on: date | None = None
    certificate_number: str | None = Field(default=None, sa_type=Text)
    credited_zet: Decimal | None = Field(default=None, sa_column=Column(Numeric(6, 2)))
    submitted_at: datetime | None = utc_field(nullable=True, default=None)
    deleted_at: datetime | None = utc_field(nullable=True, default=None)
    created_at: datetime = utc_field()
    updated_at: datetime = utc_field()

    @property
    def deleted(self) -> bool:
        """True once the person deleted it."""
        return self.deleted_at is not None

    @property
    def form(self) -> Form:
        """The form as a value for the rules."""
        return Form(**{name: getattr(self, name) for name in Form.__dataclass_fields__})


class ApplicationMove(Model, table=True):
    """One line of an application's history: who moved it, in which capacity, when, why (APP-06)."""

    __tablename__ = "application_move"
    __table_args__ = (Index("ix_application_move_application_id_id", "application_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    at: datetime = utc_field()
    action: str = Field(sa_type=Text)
    from_status: Status | None = Field(default=None, sa_column=Column(_codes(Status)))
    to_status: Status = Field(sa_column=Column(_codes(Status), nullable=False))
    actor: str = Field(sa_type=Text)
    actor_role: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
