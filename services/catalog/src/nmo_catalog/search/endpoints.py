"""The route of the search."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from nmo_catalog.reference.successors import Successors
from nmo_catalog.search import cursor as cursors
from nmo_catalog.search.correction import Answer, search_corrected
from nmo_catalog.search.schemas import ElementPage, SearchQuery
from nmo_kit.auth import action
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_kit.json import dumps
from nmo_kit.query import query_parameters, query_reader

router = APIRouter(prefix="/api/v1/catalog/elements", tags=["Каталог"])


async def _successors(request: Request) -> Successors:
    state = request.app.state
    if not hasattr(state, "successors"):
        state.successors = Successors()
    found: Successors = state.successors
    return found


SuccessorsDep = Annotated[Successors, Depends(_successors)]
SearchDep = Annotated[SearchQuery, Depends(query_reader(SearchQuery))]


@router.get("", responses=problems(), response_model=ElementPage, openapi_extra=query_parameters(SearchQuery))
@action("catalog.element.search")
async def search_elements(session: ReadDep, query: SearchDep, successors: SuccessorsDep) -> Response:
    """Поиск программ, мероприятий и модулей."""
    criteria = replace(query.criteria, specialty=await successors.widened(session, query.specialty))
    place = cursors.decode(query.cursor, criteria) if query.cursor else None
    answer = await search_corrected(session, criteria, place, typed=query.q, limit=query.limit)
    # Written as they are: making models of rows would cost more than finding them.
    return Response(dumps(_page(answer, query.limit)), media_type="application/json")


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
