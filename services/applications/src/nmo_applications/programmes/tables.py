"""What applications keep of the catalogue, fed by its events."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, Column, Numeric, Text
from sqlmodel import Field

from nmo_applications.base import Model
from nmo_kit.db import utc_field


class CatalogElementCopy(Model, table=True):
    """One programme as the catalogue last told it."""

    __tablename__ = "catalog_element_copy"

    element_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    zet: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    workload_hours: int
    form: str = Field(sa_type=Text)
    bases: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    starts_on: date | None = None
    ends_on: date | None = None
    organization_id: UUID
    organization_name: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    archived: bool = False
    copied_at: datetime = utc_field()
