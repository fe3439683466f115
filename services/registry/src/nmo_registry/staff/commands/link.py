"""Keep, take away and destroy the link between an account and its record."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from nmo_kit.db import WriteSession
from nmo_registry.staff.tables import PersonRecord

_LINK = text(
    """
    insert into person_record as known (person_id, specialist_id, matched_at)
    values (:person_id, :specialist_id, :matched_at)
    on conflict (person_id) do update
        set specialist_id = excluded.specialist_id, matched_at = excluded.matched_at
        where known.matched_at <= excluded.matched_at
    """
)


async def link_person(
    session: WriteSession, person_id: UUID, specialist_id: UUID | None, *, matched_at: datetime
) -> None:
    """Keep the later of two words about the account; None takes the link away. Repeating changes nothing."""
    values = {"person_id": person_id, "specialist_id": specialist_id, "matched_at": matched_at}
    await session.execute(_LINK, values)


async def forget_link(session: WriteSession, person_id: UUID) -> dict[str, int]:
    """Destroy the link of an erased person; row counts by table."""
    done: Any = await session.execute(delete(PersonRecord).where(col(PersonRecord.person_id) == person_id))
    return {"person_record": done.rowcount}
