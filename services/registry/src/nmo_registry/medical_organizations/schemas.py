"""A medical organisation as everybody may know it."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel


class MedicalOrganization(BaseModel):
    """A medical organisation of ФРМО; `organization_id` is what roles and tokens name it by."""

    organization_id: UUID
    name: str
    short_name: str
    region_name: str


class MedicalOrganizations(BaseModel):
    """Those that were asked for."""

    items: list[MedicalOrganization]
