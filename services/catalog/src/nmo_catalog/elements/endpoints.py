"""Routes of one element."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from nmo_catalog.elements import queries
from nmo_catalog.elements.schemas import ElementDetail
from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/api/v1/catalog/elements", tags=["Каталог"])


@router.get("/{element_id}", responses=problems(NotFound))
@action("catalog.element.read")
async def get_element(element_id: UUID, session: ReadDep) -> ElementDetail:
    """Карточка программы, мероприятия или модуля."""
    found = await queries.element_by_id(session, element_id)
    if found is None:
        raise NotFound
    return ElementDetail.model_validate(found)
