"""End a session."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.login import queries
from nmo_identity.login.rules import digest
from nmo_identity.login.tables import AuthSession
from nmo_identity.risk.commands.look import look
from nmo_identity.sessions.commands.end_sessions import close
from nmo_identity.sessions.queries import has_programs
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def logout(
    session: WriteSession, handle: str, *, reason: str, cipher: FieldCipher, now: datetime
) -> AuthSession | None:
    """End the session of a handle (SSO-10); None when it is unknown or over already.

    `reason` says why: the person signed out, or the browser's session ran out. Writes journal rows; partners' portals
    that the session signed in to are owed a back-channel logout.
    """
    row = await queries.live_session(session, digest(handle), now)
    if row is None:
        return None
    if reason == "idle" and await has_programs(session, row.sid, now):
        # The person let a program work while they are away: it may, until the session's absolute end.
        return row
    if not await close(session, [row.sid], row.person_id, reason=reason, now=now):
        # Ended by another call since it was read: that one has written what is to be written.
        return None
    if reason == "reuse":
        await _look_at_reuse(session, row, cipher, now)
    if reason == "logout":
        await journal.record(
            session,
            actor=str(row.person_id),
            action="logout",
            object_=f"session/{row.sid}",
            person_id=row.person_id,
        )
    return row


async def _look_at_reuse(session: WriteSession, row: AuthSession, cipher: FieldCipher, now: datetime) -> None:
    """An id of the browser's session that was replaced long ago came again: somebody holds a copy of it (P21)."""
    await journal.record(
        session,
        actor="anonymous",
        action="session.reused",
        object_=f"session/{row.sid}",
        person_id=row.person_id,
        result="refused",
    )
    account = await account_by_id(session, row.account_id)
    if account is not None:
        await look(session, account, "session_reused", cipher=cipher, now=now)
