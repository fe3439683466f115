"""Take back what a client may know: its tokens stop, it is told that the person is gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.commands.owe_logout import owe_logout
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal

_OF_BOTH = "person_id = :person_id and client_id = :client_id"
REVOKE = (
    text(f"update refresh_token set revoked_at = :now where {_OF_BOTH} and revoked_at is null"),  # noqa: S608
    text(f"update issued_token set revoked_at = :now where {_OF_BOTH} and revoked_at is null"),  # noqa: S608
    text(f"update authorization_code set consumed_at = :now where {_OF_BOTH} and consumed_at is null"),  # noqa: S608
)


async def revoke_grant(session: WriteSession, client_id: str, *, by: Principal, now: datetime) -> None:
    """End a client's access to the person's data at once; the next sign-in there asks anew. Writes a journal row.

    Raises:
        NotFound: the person lets no such client know of them.
    """
    grant = await queries.live_grant(session, by.person_id, client_id)
    if grant is None:
        raise NotFound
    grant.revoked_at = now
    session.add(grant)
    for statement in REVOKE:
        await session.execute(statement, {"person_id": by.person_id, "client_id": client_id, "now": now})
    await owe_logout(session, by.person_id, client_id, now=now)
    await journal.record(
        session,
        actor=by,
        action="client.grant.revoked",
        object_=f"client/{client_id}",
        person_id=by.person_id,
        fields=grant.scopes,
    )
