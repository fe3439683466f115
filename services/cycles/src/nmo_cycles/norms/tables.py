"""Norms as dated rows."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Column, Numeric, Text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_cycles.norms.rules import Norm


def _zet(*, nullable: bool = False) -> Column[Decimal]:
    return Column(Numeric(6, 2), nullable=nullable)


class NormSet(Model, table=True):
    """One edition of one norm, loaded from the packaged file."""

    __tablename__ = "norm_set"

    code: str = Field(primary_key=True, sa_type=Text)
    family: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    legal_source: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    valid_from: date
    valid_until: date | None = None
    total: Decimal = Field(sa_column=_zet())
    min_formal: Decimal = Field(sa_column=_zet())
    min_informal: Decimal = Field(sa_column=_zet())
    max_informal: Decimal | None = Field(default=None, sa_column=_zet(nullable=True))
    yearly_total: Decimal | None = Field(default=None, sa_column=_zet(nullable=True))
    yearly_formal: Decimal | None = Field(default=None, sa_column=_zet(nullable=True))
    yearly_informal: Decimal | None = Field(default=None, sa_column=_zet(nullable=True))

    @property
    def norm(self) -> Norm:
        """As a value for the rules."""
        return Norm(**{name: getattr(self, name) for name in Norm.__dataclass_fields__})
