"""Route of the person's journal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from nmo_identity.journal.queries import journal_of
from nmo_identity.journal.rules import title
from nmo_identity.journal.schemas import JournalItem
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.clock import CalendarDate
from nmo_kit.db import ReadDep
from nmo_kit.errors import FieldError, FieldProblem, problems
from nmo_kit.paging import Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/me", tags=["me"])


@router.get("/journal", responses=problems())
@action("identity.me.journal.read")
async def read_journal(
    session: ReadDep,
    principal: CurrentPrincipal,
    from_on: Annotated[CalendarDate | None, Query(alias="from")] = None,
    to_on: Annotated[CalendarDate | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=2048)] = None,
) -> Page[JournalItem]:
    """Sign-ins, changes, consents, matches and looks at one's data, newest first; days are Moscow's."""
    if from_on and to_on and from_on > to_on:
        message = "Дата начала не может быть позже даты конца"
        raise FieldProblem([FieldError(pointer="/from", code="order", message=message)])
    after = decode_cursor(cursor) if cursor else None
    try:
        rows = await journal_of(
            session, principal, from_on=from_on, to_on=to_on, after=after, limit=limit + 1
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error
    items = [
        JournalItem(
            at=row["at"],
            action=row["action"],
            title=title(row["action"], result=row["result"], purpose=row["purpose"]),
            result=row["result"],
            reason=row["reason"],
            fields=row["fields"],
            ip_prefix=row["ip_prefix"],
            object=row["object"],
            reference=row["trace_id"],
        )
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=items,
        next_cursor=encode_cursor({"at": last["at"].isoformat(), "id": last["id"]}) if last else None,
    )
