"""Note that a client has to be told of a sign-out: of one person everywhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_identity.sessions.commands.end_sessions import OWE
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7

SESSIONS = text(
    """
    select c.sid, c.client_sid, c.subject
    from client_session c join oidc_client k using (client_id) join auth_session s using (sid)
    where c.person_id = :person_id and c.client_id = :client_id and k.backchannel_logout_uri is not null
      and s.ended_at is null and s.expires_at > :now
    """
)


async def owe_logout(session: WriteSession, person_id: UUID, client_id: str, *, now: datetime) -> None:
    """Owe the client a back-channel logout for each live session in which the person went there."""
    found = await session.execute(SESSIONS, {"person_id": person_id, "client_id": client_id, "now": now})
    for row in found.mappings().all():
        await session.execute(OWE, {**row, "id": uuid7(), "client_id": client_id, "now": now})
