"""Routes of organisations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_catalog.organisations import queries
from nmo_catalog.organisations.schemas import OrganizationCard
from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.paging import Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/catalog/organizations", tags=["Организации"])


@router.get("", responses=problems())
@action("catalog.organization.search")
async def list_organizations(
    session: ReadDep,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=2048)] = None,
) -> Page[OrganizationCard]:
    """Организации по названию."""
    rows = await queries.organizations_named(session, q.strip(), after=_position(cursor), limit=limit + 1)
    items = [OrganizationCard.model_validate(row) for row in rows[:limit]]
    more = len(rows) > limit
    last = items[-1] if items else None
    return Page(
        items=items,
        next_cursor=encode_cursor({"name": last.name, "id": last.organization_id}) if last and more else None,
    )


@router.get("/{organization_id}", responses=problems(NotFound))
@action("catalog.organization.read")
async def get_organization(organization_id: UUID, session: ReadDep) -> OrganizationCard:
    """Карточка организации."""
    row = await queries.organization_by_id(session, organization_id)
    if row is None:
        raise NotFound
    return OrganizationCard.model_validate(row)


def _position(cursor: str | None) -> tuple[str, UUID] | None:
    if cursor is None:
        return None
    found = decode_cursor(cursor)
    try:
        return str(found["name"]), UUID(str(found["id"]))
    except (KeyError, ValueError) as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error
