"""End a session."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.login import queries
from nmo_identity.login.rules import digest
from nmo_identity.login.tables import AuthSession
from nmo_kit import journal
from nmo_kit.db import WriteSession


async def logout(session: WriteSession, handle: str, *, now: datetime) -> AuthSession | None:
    """End the session of a handle (SSO-10); None when it is unknown or over already. Writes a journal row."""
    row = await queries.live_session(session, digest(handle), now)
    if row is None:
        return None
    row.ended_at, row.end_reason = now, "logout"
    session.add(row)
    await journal.record(
        session,
        actor=str(row.person_id),
        action="logout",
        object_=f"session/{row.sid}",
        person_id=row.person_id,
    )
    return row
