"""Elements as the catalogue last told them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_kit.db import utc_field


class CatalogElementCopy(Model, table=True):
    """A programme run, an event or a module; archived ones stay for the plans they are in."""

    __tablename__ = "catalog_element_copy"

    element_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    zet: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    form: str = Field(sa_type=Text)
    starts_on: date | None = None
    ends_on: date | None = None
    organization_id: UUID
    organization_name: str = Field(sa_type=Text)
    specialty_keys: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    archived: bool = False
    copied_at: datetime = utc_field()
