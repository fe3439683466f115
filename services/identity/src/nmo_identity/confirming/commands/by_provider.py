"""Confirm a session at the provider it was opened through."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.queries import account_of
from nmo_identity.confirming.errors import NotAskedAnew, OtherPerson, SessionOver
from nmo_identity.login.commands.consume_flow import Callback, consume_flow
from nmo_identity.login.commands.record_refusal import record_refusal
from nmo_identity.login.commands.remember_token import remember_token
from nmo_identity.login.commands.start import start_login
from nmo_identity.login.errors import ProviderUnknown, problem_of
from nmo_identity.login.queries import live_session
from nmo_identity.login.rules import digest, network
from nmo_identity.login.tables import AuthSession
from nmo_identity.providers.port import LoginProvider, ProvenPerson, ProviderRefusal
from nmo_identity.sessions.rules import is_recent
from nmo_kit import context, journal
from nmo_kit.db import Database
from nmo_kit.errors import Problem


async def start_confirming(
    db: Database,
    provider: LoginProvider,
    *,
    flow_id: str,
    handle: str,
    public_url: str,
    signed_out: bool,
    now: datetime,
) -> str:
    """Address to send the browser to; what comes back confirms this session and opens no other.

    A provider that remembers the person would let them pass unasked. One that can be told to ask anew is told so; of
    another the first address is its sign-out, which leads back to `/auth/{provider}/confirm`, and from there
    (`signed_out`) the second is its sign-in.

    Raises:
        Problem: the session is over or was opened another way; the provider cannot be asked.
    """
    row = await _session(db, handle, now)
    if row.provider_key != provider.key:
        raise ProviderUnknown
    first = None if signed_out else provider.forget_url(f"{public_url}/auth/{provider.key}/confirm")
    if first is not None:
        return first
    return await start_login(db, provider, flow_id=flow_id, public_url=public_url, now=now, confirms=row.sid)


async def finish_confirming(
    db: Database, provider: LoginProvider, callback: Callback, *, handle: str, now: datetime
) -> None:
    """Take the provider's new proof for the session: the same person, asked anew (P09, security D1).

    Nothing of the person or of the session's rights changes but the age and level of the sign-in. Each outcome leaves
    a journal row that the session's owner sees.

    Raises:
        Problem: with the stable code of the refusal.
    """
    context.ip_prefix.set(network(callback.ip) or context.ip_prefix.get())
    row = await _session(db, handle, now)
    try:
        flow = await consume_flow(db, provider.key, callback, now, confirms=row.sid)
        proven = await provider.finish(flow, callback.query, now=now)
        await _take(db, row, proven, now)
    except ProviderRefusal as refusal:
        await record_refusal(db, provider.key, refusal.code, refusal.reason)
        raise problem_of(refusal) from refusal
    except Problem as problem:
        await _record(db, row, "refused", problem.code)
        raise


async def _session(db: Database, handle: str, now: datetime) -> AuthSession:
    async with db.read() as session:
        row = await live_session(session, digest(handle), now)
    if row is None:
        raise SessionOver
    return row


async def _take(db: Database, row: AuthSession, proven: ProvenPerson, now: datetime) -> None:
    async with db.write() as session:
        await remember_token(session, proven, now)
        account = await account_of(session, proven.issuer, proven.subject)
        if account is None or account.person_id != row.person_id or account.state != "active":
            raise OtherPerson
        if not is_recent(proven.auth_time, now):
            raise NotAskedAnew
        live = await live_session(session, row.handle_hash, now)
        if live is None:
            raise SessionOver
        live.auth_time, live.acr = proven.auth_time, proven.acr
        # The provider may have begun another session of its own: its sign-out will speak of that one.
        live.provider_session = proven.provider_session or live.provider_session
        session.add(live)
        await journal.record(
            session,
            actor=str(row.person_id),
            action="login.confirmed",
            object_=f"session/{row.sid}",
            person_id=row.person_id,
        )


async def _record(db: Database, row: AuthSession, result: str, reason: str) -> None:
    async with db.write() as session:
        await journal.record(
            session,
            actor=str(row.person_id),
            action="login.confirmed",
            object_=f"session/{row.sid}",
            person_id=row.person_id,
            result=result,
            reason=reason,
        )
