"""Reads of the copied applications."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from nmo_cycles.applications.tables import ApplicationCopy
from nmo_kit.db import ReadSession


async def applications_of_items(
    session: ReadSession, plan_item_ids: Sequence[UUID]
) -> dict[UUID, ApplicationCopy]:
    """The application of each plan item that has one."""
    statement = select(ApplicationCopy).where(col(ApplicationCopy.plan_item_id).in_(plan_item_ids))
    rows = (await session.execute(statement)).scalars().all()
    return {row.plan_item_id: row for row in rows}
