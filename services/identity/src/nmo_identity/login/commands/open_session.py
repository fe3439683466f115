"""Open a session for a person who has proven themselves, whatever the way."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.tables import Account, Person
from nmo_identity.login import queries
from nmo_identity.login.rules import MAX_AGENT, MAX_SESSIONS, SESSION_LIFETIME, digest, network
from nmo_identity.login.tables import AuthSession
from nmo_identity.sessions.commands.end_sessions import close
from nmo_identity.sessions.queries import open_sessions
from nmo_kit import context, journal
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session; the handle is told this once."""

    handle: str
    session: AuthSession
    person_id: UUID


async def open_session(
    session: WriteSession,
    *,
    person: Person,
    account: Account,
    provider_key: str,
    acr: str,
    auth_time: datetime | None,
    ip: str,
    user_agent: str,
    provider_session: str | None = None,
    restrictions: Sequence[str] = (),
    now: datetime,
) -> SignedIn:
    """Write the session and its journal row; `restrictions` and the account's own duties are the steps it owes before anything else opens.

    The person's row must be locked or new. At most five sessions of a person live at once: the oldest end with the
    reason `displaced` and a journal row each.
    """
    restrictions = sorted({*restrictions, *account.duties})
    prefix = network(ip) or context.ip_prefix.get()
    handle = secrets.token_urlsafe(32)
    previous = await queries.last_sign_in_at(session, person.id)
    await _displace(session, person, now)
    account.last_login_at = now
    session.add(account)
    row = AuthSession(
        handle_hash=digest(handle),
        person_id=person.id,
        account_id=account.id,
        provider_key=provider_key,
        provider_session=provider_session,
        acr=acr,
        auth_time=auth_time,
        created_at=now,
        expires_at=now + SESSION_LIFETIME,
        previous_login_at=previous,
        ip_prefix=prefix,
        user_agent=user_agent[:MAX_AGENT],
        restrictions=restrictions,
    )
    session.add(row)
    await journal.record(
        session,
        actor=str(person.id),
        action="login.succeeded",
        object_=f"provider/{provider_key}",
        person_id=person.id,
        result="ok" if person.confirmed and not restrictions else "denied",
        reason=_limit(person, restrictions),
    )
    return SignedIn(handle, row, person.id)


def _limit(person: Person, restrictions: Sequence[str]) -> str | None:
    """Why the session opens less than a whole one."""
    if restrictions:
        return ",".join(restrictions)
    return None if person.confirmed else "account_unconfirmed"


async def _displace(session: WriteSession, person: Person, now: datetime) -> None:
    """End the oldest sessions beyond the limit, the new one counted; everything that hangs on them ends too."""
    surplus = [row.sid for row in await open_sessions(session, person.id, now)][MAX_SESSIONS - 1 :]
    await close(session, surplus, person.id, reason="displaced", now=now, by="identity.login")
