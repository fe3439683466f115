"""Take a provider's logout token: once, and only for sessions opened through that provider."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from nmo_identity.login.commands.record_refusal import record_refusal
from nmo_identity.login.tables import SeenToken
from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.oidc_client.logout_token import UpstreamLogout
from nmo_identity.providers.jws import TokenFault
from nmo_identity.sessions.commands.end_sessions import close
from nmo_identity.upstream_logout.errors import LogoutTokenInvalid
from nmo_kit.db import Database, WriteSession

REASON = "provider_logout"
SESSIONS = text(
    """
    select s.sid, s.person_id from auth_session s join account a on a.id = s.account_id
    where a.issuer = :issuer and s.provider_key = :provider and s.ended_at is null and s.expires_at > :now
      and (cast(:subject as varchar) is null or a.subject = :subject)
      and (cast(:session as varchar) is null or s.provider_session = :session)
    order by s.sid for update of s
    """
)


async def take_logout(db: Database, provider: OidcConnector, token: str, *, now: datetime) -> int:
    """End the sessions the provider speaks of; how many ended. Each leaves a journal row, a refusal too.

    A token that names a session ends that one, one that names a person all of theirs through this provider, one that
    names both the session of that person alone. Partners' portals are told in turn.

    Raises:
        LogoutTokenInvalid: the token is not to be believed, or was taken before.
        ProviderRefusal: the provider's keys cannot be had; it will repeat the call.
    """
    try:
        said = await provider.logged_out(token, now=now)
        async with db.write() as session:
            await _once(session, said, now)
            return await _end(session, provider.key, said, now)
    except TokenFault as fault:
        await record_refusal(db, provider.key, "logout_token_invalid", fault.reason)
        raise LogoutTokenInvalid from fault


async def _once(session: WriteSession, said: UpstreamLogout, now: datetime) -> None:
    digest = hashlib.sha256(f"logout|{said.issuer}|{said.jti}".encode()).digest()
    added = await session.execute(
        insert(SeenToken)
        .values(token_hash=digest, issuer=said.issuer, seen_at=now, expires_at=said.expires_at)
        .on_conflict_do_nothing()
        .returning(SeenToken.issuer)  # type: ignore[call-overload]
    )
    if added.first() is None:
        raise TokenFault("logout_replayed")


async def _end(session: WriteSession, provider_key: str, said: UpstreamLogout, now: datetime) -> int:
    parameters = {
        "issuer": said.issuer,
        "provider": provider_key,
        "subject": said.subject,
        "session": said.session,
        "now": now,
    }
    by_person: dict[UUID, list[UUID]] = {}
    for sid, person_id in (await session.execute(SESSIONS, parameters)).all():
        by_person.setdefault(person_id, []).append(sid)
    ended = 0
    for person_id, sids in by_person.items():
        ended += await close(session, sids, person_id, reason=REASON, now=now, by=f"provider.{provider_key}")
    return ended
