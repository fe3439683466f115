"""The ledger and the thresholds told."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Index, Numeric, Text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_cycles.norms.rules import Credit, component_of
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class CreditEntry(Model, table=True):
    """One entry: never changed, never deleted (the database refuses both)."""

    __tablename__ = "credit_entry"
    __table_args__ = (Index("ix_credit_entry_cycle_id_id", "cycle_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    cycle_id: UUID = Field(foreign_key="cycle.id")
    person_id: UUID
    plan_item_id: UUID | None = None
    element_id: UUID
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    zet: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    """Negative in a reversal."""
    earned_on: date
    """Day of completion, by which years and norms count; a reversal has that of what it reverses."""
    recorded_at: datetime = utc_field()
    source: str = Field(sa_type=Text, unique=True)
    """What proves it, `application/<id>`; nothing is credited twice."""
    reversed_entry_id: UUID | None = Field(default=None, foreign_key="credit_entry.id")
    reason: str | None = Field(default=None, sa_type=Text)

    @property
    def credit(self) -> Credit:
        """As a value for the rules."""
        return Credit(component_of(self.kind), self.zet, self.earned_on)


class ThresholdMark(Model, table=True):
    """A share of a norm that a cycle reached and the person was told of."""

    __tablename__ = "threshold_mark"

    cycle_id: UUID = Field(primary_key=True, foreign_key="cycle.id")
    norm_code: str = Field(primary_key=True, sa_type=Text)
    percent: int = Field(primary_key=True)
    reached_at: datetime = utc_field()
