"""The route of the ledger."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_cycles.cycles.queries import cycle_of
from nmo_cycles.ledger import queries
from nmo_cycles.ledger.schemas import EntryView, entry_view
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.paging import Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/cycles/{cycle_id}/ledger", tags=["Зачёт ЗЕТ"])


@router.get("", responses=problems(NotFound))
@action("cycles.ledger.read")
async def list_entries(
    cycle_id: UUID,
    session: ReadDep,
    viewer: CurrentPrincipal,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[EntryView]:
    """Начисления цикла, последние сверху; отмены стоят отдельными строками."""
    cycle = await cycle_of(session, cycle_id, viewer=viewer)
    rows = await queries.entries_of(session, cycle.id, before=_before(cursor), limit=limit + 1)
    more = len(rows) > limit
    return Page(
        items=[entry_view(row) for row in rows[:limit]],
        next_cursor=encode_cursor({"i": rows[limit - 1].id}) if more else None,
    )


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor)["i"]))
    except (KeyError, ValueError) as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error
