"""Answers about elements."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_contracts.catalog import ElementKind, FundingBasis, StudyForm


class OrganizationRef(BaseModel):
    """An organisation by id and name."""

    model_config = ConfigDict(from_attributes=True)

    organization_id: UUID
    name: str


class ElementCard(BaseModel):
    """One line of the catalogue. Prices are in kopecks; `seats_left` is null where seats are not limited."""

    model_config = ConfigDict(from_attributes=True)

    element_id: UUID
    kind: ElementKind
    title: str
    zet: Decimal
    workload_hours: int
    form: StudyForm
    bases: list[FundingBasis]
    starts_on: date | None
    ends_on: date | None
    organization: OrganizationRef
    region_code: str
    place: str
    price_kopecks: int
    seats_total: int | None
    seats_left: int | None
    has_simulation: bool
    has_placement: bool
    uses_distance: bool
    specialty_keys: list[str]
    specialty_names: list[str]


class ElementDetail(ElementCard):
    """The whole card of an element."""

    about: str
    materials_url: str | None
    recording_url: str | None
    status: Literal["published", "archived"]
    state_budget_only: bool
