"""Request and answer of disclosure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.disclosure.rules import Purpose


class DiscloseRequest(BaseModel):
    """About whom, and what for."""

    model_config = ConfigDict(extra="forbid")

    person_ids: list[UUID] = Field(min_length=1, max_length=200)
    purpose: Purpose


class DisclosedPerson(BaseModel):
    """What the purpose opens; null otherwise."""

    person_id: UUID
    last_name: str
    first_name: str
    patronymic: str | None
    full_name: str
    short_name: str
    snils: str | None
    birth_on: date | None
    email: str | None
    phone: str | None


class Disclosed(BaseModel):
    """Those of the asked persons that exist."""

    items: list[DisclosedPerson]
