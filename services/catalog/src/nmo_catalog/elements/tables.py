"""Educational elements with their seats counter and search columns."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Column, Computed, Date, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field

from nmo_catalog.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7

LISTED_ON = "coalesce(starts_on, make_date(9999, 12, 31))"
SORT_TITLE = "left(translate(lower(title), 'ё«»\"', 'е'), 200)"
TSV = (
    "setweight(to_tsvector('russian'::regconfig, translate(title, 'ёЁ', 'еЕ')), 'A')"
    " || setweight(to_tsvector('russian'::regconfig, translate(about, 'ёЁ', 'еЕ')), 'B')"
)
_PUBLISHED = text("status = 'published'")


def _listed(name: str, *columns: str, **options: str) -> Index:
    """Index over what the public list shows."""
    return Index(f"ix_element_{name}", *columns, postgresql_where=_PUBLISHED, **options)  # type: ignore[arg-type]


class Element(Model, table=True):
    """One dated run of a programme, one event, or one module."""

    __tablename__ = "element"
    __table_args__ = (
        _listed("listed", "listed_on", "id"),
        _listed("region", "region_code", "listed_on", "id"),
        _listed("organization", "organization_id", "listed_on", "id"),
        _listed("zet", "zet", "id"),
        _listed("title", "sort_title", "id"),
        _listed("price", "price_kopecks", "id"),
        _listed("tsv", "tsv", postgresql_using="gin"),
        _listed("specialty_keys", "specialty_keys", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    about: str = Field(sa_type=Text)
    zet: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    workload_hours: int
    form: str = Field(sa_type=Text)
    bases: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    starts_on: date | None = None
    ends_on: date | None = None
    organization_id: UUID = Field(foreign_key="organization.id")
    region_code: str = Field(sa_type=Text, foreign_key="region.code")
    place: str = Field(sa_type=Text)
    price_kopecks: int = Field(sa_column=Column(BigInteger, nullable=False))
    seats_total: int | None = None
    """None where the number of people is not limited."""
    seats_held: int = 0
    has_simulation: bool
    has_placement: bool
    uses_distance: bool
    state_budget_only: bool = False
    specialty_keys: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    materials_url: str | None = Field(default=None, sa_type=Text)
    recording_url: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    version: int = 1
    published_at: datetime = utc_field()
    updated_at: datetime = utc_field()

    listed_on: date | None = Field(default=None, sa_column=Column(Date, Computed(LISTED_ON, persisted=True)))
    sort_title: str | None = Field(
        default=None, sa_column=Column(Text(collation="C"), Computed(SORT_TITLE, persisted=True))
    )
    tsv: str | None = Field(default=None, sa_column=Column(TSVECTOR, Computed(TSV, persisted=True)))
