"""Public routes of medical organisations: names of known ids, and a pick list by words of the name."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_registry.medical_organizations import queries
from nmo_registry.medical_organizations.schemas import MedicalOrganization, MedicalOrganizations
from nmo_registry.reference_books.rules import words_of

router = APIRouter(prefix="/api/v1/register/organizations", tags=["register"])


@router.get("", responses=problems())
@action("registry.organizations.read")
async def named(
    session: ReadDep, ids: Annotated[list[UUID], Query(alias="id", min_length=1, max_length=100)]
) -> MedicalOrganizations:
    """Names of medical organisations by their ids; one that the register does not know is left out."""
    rows = await queries.named(session, ids)
    return MedicalOrganizations(items=[MedicalOrganization(**row) for row in rows])


@router.get("/search", responses=problems())
@action("registry.organizations.read")
async def search(
    session: ReadDep,
    q: Annotated[str, Query(max_length=100)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> MedicalOrganizations:
    """Medical organisations by the beginnings of words of their names, in any order; case and ё do not matter."""
    rows = await queries.found(session, words_of(q), limit=limit)
    return MedicalOrganizations(items=[MedicalOrganization(**row) for row in rows])
