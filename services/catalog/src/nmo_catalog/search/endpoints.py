"""The route of the search."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, JsonValue, WithJsonSchema

from nmo_catalog.search import cursor as cursors
from nmo_catalog.search.correction import Answer, search_corrected
from nmo_catalog.search.rules import Criteria, Sort, words_of
from nmo_catalog.search.schemas import ElementPage
from nmo_contracts.catalog import ElementKind, FundingBasis, StudyForm
from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.clock import CalendarDate
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_kit.json import dumps

router = APIRouter(prefix="/api/v1/catalog/elements", tags=["Каталог"])
_ZET: dict[str, JsonValue] = {"type": "number", "minimum": 0, "maximum": 9999}
Zet = Annotated[Decimal, Field(ge=0, le=9999), WithJsonSchema(_ZET)]


async def criteria_of(
    *,
    specialty: Annotated[list[str] | None, Query(max_length=20)] = None,
    kind: Annotated[list[ElementKind] | None, Query(max_length=3)] = None,
    form: Annotated[list[StudyForm] | None, Query(max_length=3)] = None,
    basis: Annotated[list[FundingBasis] | None, Query(max_length=3)] = None,
    organization: Annotated[list[UUID] | None, Query(max_length=20)] = None,
    region: Annotated[list[str] | None, Query(max_length=20)] = None,
    from_on: Annotated[
        CalendarDate | None, Query(alias="from", description="Начало не раньше; по умолчанию сегодня")
    ] = None,
    to_on: Annotated[CalendarDate | None, Query(alias="to", description="Начало не позже")] = None,
    zet_min: Annotated[Zet | None, Query()] = None,
    zet_max: Annotated[Zet | None, Query()] = None,
    free: Annotated[bool, Query(description="Только со свободными местами")] = False,
    preferred: Annotated[UUID | None, Query(description="Организация, которая идёт первой")] = None,
    sort: Annotated[Sort, Query(description="Минус впереди: по убыванию")] = "date",
) -> Criteria:
    """Filters of the request."""
    return Criteria(
        specialty=tuple(specialty or ()),
        kind=tuple(kind or ()),
        form=tuple(form or ()),
        basis=tuple(basis or ()),
        organization=tuple(organization or ()),
        region=tuple(region or ()),
        from_on=from_on or clock.today(),
        to_on=to_on,
        zet_min=zet_min,
        zet_max=zet_max,
        free=free,
        preferred=preferred,
        sort=sort,
    )


@router.get("", responses=problems(), response_model=ElementPage)
@action("catalog.element.search")
async def search_elements(
    session: ReadDep,
    criteria: Annotated[Criteria, Depends(criteria_of)],
    q: Annotated[str, Query(max_length=200, description="Слова в любой форме, опечатки допустимы")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=2048)] = None,
) -> Response:
    """Поиск программ, мероприятий и модулей."""
    criteria = replace(criteria, words=words_of(q))
    place = cursors.decode(cursor, criteria) if cursor else None
    answer = await search_corrected(session, criteria, place, typed=q, limit=limit)
    # Written as they are: making models of rows would cost more than finding them.
    return Response(dumps(_page(answer, limit)), media_type="application/json")


def _page(answer: Answer, limit: int) -> dict[str, Any]:
    """An `ElementPage`."""
    shown = answer.found[:limit]
    more = len(answer.found) > limit
    return {
        "items": [card for card, _ in shown],
        "next_cursor": cursors.encode(answer.place_after(shown[-1][1])) if more else None,
        "total_capped": answer.total,
        "suggestion": answer.suggestion,
        "corrected": answer.suggestion is not None,
    }
