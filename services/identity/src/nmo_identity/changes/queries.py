"""Every SELECT on carried-out changes."""

from __future__ import annotations

from uuid import UUID

from nmo_identity.changes.tables import AppliedChange
from nmo_kit.db import ReadSession


async def change_of(session: ReadSession, request_id: UUID) -> AppliedChange | None:
    """What became of a request, if it was carried out."""
    return await session.get(AppliedChange, request_id)
