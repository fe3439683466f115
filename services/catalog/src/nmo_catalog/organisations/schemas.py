"""Answers about organisations."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

OrganizationKind = Literal[
    "professional_development", "higher_education", "vocational_education", "scientific"
]


class OrganizationCard(BaseModel):
    """An educational organisation with contacts."""

    model_config = ConfigDict(from_attributes=True)

    organization_id: UUID
    name: str
    short_name: str
    kind: OrganizationKind
    region_code: str
    region_name: str
    address: str
    phone: str
    email: str
    site: str
