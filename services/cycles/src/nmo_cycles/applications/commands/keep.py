"""Keeping the copy of an application's state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_cycles.applications.tables import ApplicationCopy
from nmo_kit.db import WriteSession


async def keep_application(
    session: WriteSession, told: Any, *, status: str, version: int, updated_at: datetime
) -> None:
    """Write the state unless a newer one is known.

    Args:
        session: the transaction.
        told: payload of any `applications.application.*` event.
        status: the state it tells.
        version: version of the application.
        updated_at: present moment.
    """
    values = {
        "application_id": told.application_id,
        "plan_item_id": told.plan_item_id,
        "cycle_id": told.cycle_id,
        "number": told.number,
        "status": status,
        "reason_code": getattr(told, "reason_code", None),
        "version": version,
        "updated_at": updated_at,
    }
    statement = insert(ApplicationCopy).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "application_id"}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["application_id"],
            set_=changed,
            where=col(ApplicationCopy.version) <= statement.excluded.version,
        )
    )
