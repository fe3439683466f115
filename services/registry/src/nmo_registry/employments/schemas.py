"""Request and answer of the disclosure of employments."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_registry.employments.queries import Employed


class EmploymentsRequest(BaseModel):
    """Whose employments are wanted, and what for."""

    model_config = ConfigDict(extra="forbid")

    specialist_id: UUID
    purpose: Literal["application_form"]


class DisclosedEmployment(BaseModel):
    """One job with its employer."""

    employer_oid: str
    employer_name: str
    employer_address: str
    region_code: str
    position: str
    state_budget: bool
    began_on: date | None
    ended_on: date | None


class DisclosedEmployments(BaseModel):
    """All jobs of the person, the present ones first."""

    items: list[DisclosedEmployment]


def disclosed(found: list[Employed]) -> DisclosedEmployments:
    """The answer for what was found."""
    return DisclosedEmployments(
        items=[
            DisclosedEmployment(
                employer_oid=job.employer_oid,
                employer_name=employer.name,
                employer_address=employer.address,
                region_code=employer.region_code,
                position=job.position,
                state_budget=employer.state_budget,
                began_on=job.began_on,
                ended_on=job.ended_on,
            )
            for job, employer in found
        ]
    )
