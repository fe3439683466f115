"""Request and answer of the disclosure of employments."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_registry.employments.queries import Employed


class EmploymentsRequest(BaseModel):
    """Whose employments are wanted, and what for: the record, and the account it belongs to."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    specialist_id: UUID
    purpose: Literal["application_form"]


class DisclosedEmployment(BaseModel):
    """One present job with its employer: what a form is filled with, and no more."""

    employer_oid: str
    employer_name: str
    employer_address: str
    region_code: str
    position: str
    state_budget: bool


class DisclosedEmployments(BaseModel):
    """Present jobs of the person, the latest begun first."""

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
            )
            for job, employer in found
        ]
    )
