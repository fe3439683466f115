"""End sessions, and with them everything that hangs on them: tokens, codes, sign-ins at partners' portals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_identity.sessions import queries
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal

RAN_OUT = frozenset({"idle", "absolute"})
"""Partners' portals have limits of their own: they are told of a session that somebody ended, not of one that ran out."""
END = text(
    """
    update auth_session set ended_at = :now, end_reason = :reason
    where sid = any(:sids) and ended_at is null returning sid
    """
)
REVOKE = (
    text("update refresh_token set revoked_at = :now where sid = any(:sids) and revoked_at is null"),
    text("update issued_token set revoked_at = :now where sid = any(:sids) and revoked_at is null"),
    text("update authorization_code set consumed_at = :now where sid = any(:sids) and consumed_at is null"),
)
PARTNERS = text(
    """
    select c.sid, c.client_id, c.client_sid, c.subject
    from client_session c join oidc_client k using (client_id)
    where c.sid = any(:sids) and k.backchannel_logout_uri is not null and k.disabled_at is null
    """
)

# One session has one notice at a client. It may be settled already, of access that was closed: the person can let the
# client in again within the same session, and the sign-out that follows is owed all the same.
OWE = text(
    """
    insert into logout_notice (id, sid, client_id, client_sid, subject, created_at, next_attempt_at, attempts)
    values (:id, :sid, :client_id, :client_sid, :subject, :now, :now, 0)
    on conflict (sid, client_id) do update
      set next_attempt_at = excluded.next_attempt_at, created_at = excluded.created_at, attempts = 0, done_at = null,
          result = null
    """
)


async def end_sessions(
    session: WriteSession,
    person_id: UUID,
    *,
    keep_sid: UUID | None = None,
    reason: str,
    now: datetime,
    by: Principal | str | None = None,
) -> int:
    """End every live session of a person but `keep_sid`; how many ended (REG-07, P08, security D1).

    Refresh tokens, access tokens given outside and authorisation codes of these sessions are revoked, partners' portals
    are owed a back-channel logout, each session gets a journal row. Tokens inside the portal stop within two seconds.

    Args:
        session: an open transaction; the caller's edge commits it.
        person_id: whose sessions.
        keep_sid: the session in hand, which lives on.
        reason: short code for the journal and for the words on the sign-in page: `recovery`, `ended_by_person`.
        now: present moment.
        by: who ends them, when it is not the person.
    """
    sids = [sid for sid in await queries.lock_open(session, person_id, now) if sid != keep_sid]
    return await close(session, sids, person_id, reason=reason, now=now, by=by)


async def close(
    session: WriteSession,
    sids: Sequence[UUID],
    person_id: UUID,
    *,
    reason: str,
    now: datetime,
    by: Principal | str | None = None,
) -> int:
    """End these sessions of a person as `end_sessions` does; those that ended before are left as they are."""
    if not sids:
        return 0
    ended = (await session.execute(END, {"sids": list(sids), "now": now, "reason": reason})).scalars().all()
    of_ended = {"sids": ended, "now": now}
    for statement in REVOKE:
        await session.execute(statement, of_ended)
    told = ended if reason not in RAN_OUT else []
    for partner in (await session.execute(PARTNERS, {"sids": told})).mappings().all():
        await session.execute(OWE, {**partner, "id": uuid7(), "now": now})
    for sid in ended:
        await journal.record(
            session,
            actor=by or str(person_id),
            action="session.ended",
            object_=f"session/{sid}",
            person_id=person_id,
            reason=reason,
        )
    return len(ended)
