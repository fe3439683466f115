"""Route of what partners were told of the person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.clock import CalendarDate
from nmo_kit.db import ReadDep
from nmo_kit.errors import problems
from nmo_kit.own_journal import before_of, between_days, cursor_after
from nmo_kit.paging import Page
from nmo_notifications.disclosures import rules
from nmo_notifications.disclosures.queries import told_of
from nmo_notifications.disclosures.schemas import DisclosureItem

router = APIRouter(prefix="/api/v1/notifications", tags=["disclosures"])


@router.get("/disclosures", responses=problems())
@action("notifications.disclosure.list")
async def list_disclosures(
    session: ReadDep,
    viewer: CurrentPrincipal,
    from_on: Annotated[CalendarDate | None, Query(alias="from")] = None,
    to_on: Annotated[CalendarDate | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=2048)] = None,
) -> Page[DisclosureItem]:
    """Which partner was told what about you and when, newest first; days are Moscow's (AUD-03, PAR-05)."""
    rows = await told_of(
        session, viewer, between=between_days(from_on, to_on), before=before_of(cursor), limit=limit + 1
    )
    items = [
        DisclosureItem(
            id=row.event_id,
            at=row.at,
            partner=row.client_id,
            title=rules.title(row.type),
            fields=rules.fields(row.type),
        )
        for row in rows[:limit]
    ]
    more = len(rows) > limit
    return Page(items=items, next_cursor=cursor_after(items[-1].at, items[-1].id) if more else None)
