"""The route of progress."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_cycles.cycles.queries import cycle_of
from nmo_cycles.progress.queries import progress_of
from nmo_cycles.progress.schemas import ProgressView, progress_view
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.clock import CalendarDate
from nmo_kit.db import ReadDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/api/v1/cycles/{cycle_id}/progress", tags=["Прогресс"])


@router.get("", responses=problems(NotFound))
@action("cycles.progress.read")
async def get_progress(
    cycle_id: UUID,
    session: ReadDep,
    viewer: CurrentPrincipal,
    filing_on: Annotated[
        CalendarDate | None, Query(description="День подачи документов, по умолчанию сегодня")
    ] = None,
) -> ProgressView:
    """Сколько набрано, в каком темпе, что говорят нормы и что делать дальше."""
    today = clock.today()
    cycle = await cycle_of(session, cycle_id, viewer=viewer)
    return progress_view(await progress_of(session, cycle, today=today, filing_on=filing_on or today))
