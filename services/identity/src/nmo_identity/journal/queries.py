"""Reading the kit's journal table for one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from nmo_kit.clock import MOSCOW
from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal

_ROWS = text(
    """
    select id, at, action, object, result, reason, fields, purpose, ip_prefix, trace_id
    from journal
    where person_id = :person_id
      and at >= :from_at and at < :to_at
      and (at, id) < (:before_at, :before_id)
    order by at desc, id desc
    limit :limit
    """
)
EARLIEST = datetime(2000, 1, 1, tzinfo=MOSCOW)
LATEST = datetime(9000, 1, 1, tzinfo=MOSCOW)
_LAST_ID = UUID(int=2**128 - 1)


async def journal_of(
    session: ReadSession,
    viewer: Principal,
    *,
    from_on: date | None,
    to_on: date | None,
    after: dict[str, Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Rows about the viewer between two days of Moscow (both included), newest first, `limit` of them."""
    before_at, before_id = LATEST, _LAST_ID
    if after is not None:
        before_at, before_id = datetime.fromisoformat(after["at"]), UUID(after["id"])
    found = await session.execute(
        _ROWS,
        {
            "person_id": viewer.person_id,
            "from_at": datetime.combine(from_on, time(), MOSCOW) if from_on else EARLIEST,
            "to_at": datetime.combine(to_on + timedelta(days=1), time(), MOSCOW) if to_on else LATEST,
            "before_at": before_at,
            "before_id": before_id,
            "limit": limit,
        },
    )
    return found.mappings().all()
