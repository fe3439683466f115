"""Routes of the person's own open sessions (P17, T11)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from nmo_identity.sessions import queries
from nmo_identity.sessions.commands.end_sessions import close, end_sessions
from nmo_identity.sessions.errors import SessionUnknown
from nmo_identity.sessions.schemas import EndedSessions, SessionItem, Sessions
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import problems

router = APIRouter(prefix="/api/v1/me/sessions", tags=["me"])
BY_PERSON = "ended_by_person"


@router.get("")
@action("identity.me.sessions.read")
async def sessions(session: ReadDep, principal: CurrentPrincipal) -> Sessions:
    """Where the person is signed in now."""
    rows = await queries.open_sessions(session, principal.person_id, clock.now())
    items = [
        SessionItem(
            sid=row.sid,
            current=str(row.sid) == principal.sid,
            provider=row.provider_key,
            signed_in_at=row.created_at,
            confirmed_at=row.auth_time,
            expires_at=row.expires_at,
            ip_prefix=row.ip_prefix,
            user_agent=row.user_agent,
        )
        for row in rows
    ]
    return Sessions(items=items, next_cursor=None)


@router.post("/end-others")
@action("identity.me.sessions.end_others")
async def end_others(session: WriteDep, principal: CurrentPrincipal) -> EndedSessions:
    """End every session but the one that asks. Repeating it ends nothing more."""
    kept = UUID(principal.sid) if principal.sid else None
    ended = await end_sessions(
        session, principal.person_id, keep_sid=kept, reason=BY_PERSON, now=clock.now(), by=principal
    )
    return EndedSessions(ended=ended)


@router.delete("/{sid}", status_code=204, responses=problems(SessionUnknown))
@action("identity.me.sessions.end")
async def end_one(sid: UUID, session: WriteDep, principal: CurrentPrincipal) -> None:
    """End one session of one's own; another person's is not there."""
    now = clock.now()
    if sid not in await queries.lock_open(session, principal.person_id, now):
        raise SessionUnknown
    await close(session, [sid], principal.person_id, reason=BY_PERSON, now=now, by=principal)
