"""Finish a sign-in: consume the flow, let the provider prove the person, open a session."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.commands.record_sign_in import record_sign_in
from nmo_identity.login import queries
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.commands.record_refusal import record_refusal
from nmo_identity.login.commands.remember_token import remember_token
from nmo_identity.login.errors import problem_of
from nmo_identity.login.rules import digest, network, refusal_of_flow
from nmo_identity.providers.port import Flow, LoginProvider, ProvenPerson, ProviderRefusal
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_kit import context, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Callback:
    """What the gateway got back from the provider."""

    flow_id: str
    query: Mapping[str, str]
    ip: str
    user_agent: str


async def finish_login(
    db: Database, provider: LoginProvider, callback: Callback, *, cipher: FieldCipher, now: datetime
) -> SignedIn:
    """Open a session for the person the provider proves (SSO-01, SSO-08).

    Three transactions: the flow is used up first and stays used whatever follows; the provider is asked outside any;
    then person, session, roles and journal are written together. Each refusal leaves a journal row with its reason.

    Raises:
        Problem: with the stable code of the refusal.
    """
    context.ip_prefix.set(network(callback.ip) or context.ip_prefix.get())
    try:
        flow = await _consume_flow(db, provider.key, callback, now)
        await failpoints.hit("identity.login.flow_consumed")
        proven = await provider.finish(flow, callback.query, now=now)
        await failpoints.hit("identity.login.proven")
        return await _open_session(db, provider, proven, callback, cipher=cipher, now=now)
    except ProviderRefusal as refusal:
        await record_refusal(db, provider.key, refusal.code, refusal.reason)
        raise problem_of(refusal) from refusal
    except Problem as problem:
        await record_refusal(db, provider.key, problem.code, problem.code)
        raise


async def _consume_flow(db: Database, provider_key: str, callback: Callback, now: datetime) -> Flow:
    """Use the flow up; of two callbacks with one state the second finds it used."""
    try:
        state = UUID(callback.query.get("state", ""))
    except ValueError:
        raise ProviderRefusal("login_state_invalid", "state_malformed") from None
    async with db.write() as session:
        row = await queries.flow_for_update(session, state)
        fault = refusal_of_flow(
            found=row is not None,
            same_provider=row is not None and row.provider_key == provider_key,
            same_browser=row is not None and hmac.compare_digest(row.flow_hash, digest(callback.flow_id)),
            consumed=row is not None and row.consumed_at is not None,
            expires_at=row.expires_at if row else None,
            now=now,
        )
        if fault is not None or row is None:
            code, reason = fault or ("login_state_invalid", "state_unknown")
            raise ProviderRefusal(code, reason)  # type: ignore[arg-type]
        row.consumed_at = now
        session.add(row)
    return Flow(row.state, row.created_at, row.redirect_uri, row.nonce, row.code_verifier)


async def _open_session(
    db: Database,
    provider: LoginProvider,
    proven: ProvenPerson,
    callback: Callback,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> SignedIn:
    """One transaction: token remembered, person and roles kept, session and journal row written."""
    async with db.write() as session:
        await remember_token(session, proven, now)
        record = await record_sign_in(session, proven, provider_key=provider.key, cipher=cipher, now=now)
        await sync_memberships(session, record.person, now=now)
        return await open_session(
            session,
            person=record.person,
            account=record.account,
            provider_key=provider.key,
            acr=proven.acr,
            auth_time=proven.auth_time,
            ip=callback.ip,
            user_agent=callback.user_agent,
            now=now,
        )
