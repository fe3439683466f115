"""Cycles."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_cycles.cycles.rules import Span
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class Cycle(Model, table=True):
    """A five-year cycle of one person in one specialty."""

    __tablename__ = "cycle"
    __table_args__ = (
        Index("ix_cycle_person_id_starts_on", "person_id", "starts_on", "id"),
        Index(
            "uq_cycle_document_id",
            "person_id",
            "document_id",
            unique=True,
            postgresql_where=text("document_id is not null"),
        ),
        Index("ix_cycle_document_id", "document_id", postgresql_where=text("document_id is not null")),
        Index("ix_cycle_ending", "ends_on", "id", postgresql_where=text("closed_at is null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID
    specialty_key: str = Field(sa_type=Text)
    specialty_name: str = Field(sa_type=Text)
    """As it was shown when the cycle was opened; a new version of the nomenclature leaves it."""
    specialty_code: str | None = Field(sa_type=Text, default=None)
    specialty_oid: str | None = Field(sa_type=Text, default=None)
    specialty_version: str | None = Field(sa_type=Text, default=None)
    """Code, reference book and version it was shown with; None where the specialty is in none."""
    section: str = Field(sa_type=Text)
    document_id: UUID | None = None
    """The register's document; None for a typed one."""
    document_removed_at: datetime | None = utc_field(nullable=True, default=None)
    """Since when the register does not show the document; the cycle and its credits stay."""
    document_kind: str = Field(sa_type=Text)
    document_series: str = Field(sa_type=Text)
    document_number: str = Field(sa_type=Text)
    document_issued_on: date
    document_exam_on: date
    starts_on: date
    ends_on: date
    preferred_organization_id: UUID | None = None
    confirmed_at: datetime | None = utc_field(nullable=True, default=None)
    confirmed_by_organization_id: UUID | None = None
    closed_at: datetime | None = utc_field(nullable=True, default=None)
    completed: bool | None = None
    """Once closed: whether the portal's norm was reached."""
    version: int = 1
    created_at: datetime = utc_field()

    @property
    def span(self) -> Span:
        """First and last day."""
        return Span(self.starts_on, self.ends_on)

    def is_closed(self, today: date) -> bool:
        """True once its last day has passed."""
        return self.closed_at is not None or self.ends_on < today

    def next_version(self) -> int:
        """Count the version up for one more event of this cycle; returns it."""
        self.version += 1
        return self.version
