"""Finish a sign-in: consume the flow, let the provider prove the person, open a session."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.commands.record_sign_in import record_sign_in
from nmo_identity.login.commands.consume_flow import Callback, consume_flow
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.commands.record_refusal import record_refusal
from nmo_identity.login.commands.refuse_link_only import refuse_link_only
from nmo_identity.login.commands.remember_token import remember_token
from nmo_identity.login.errors import problem_of
from nmo_identity.login.rules import network
from nmo_identity.providers.port import LoginProvider, ProvenPerson, ProviderRefusal
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_kit import context, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem


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
        refuse_link_only(provider)
        flow = await consume_flow(db, provider.key, callback, now)
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
            provider_session=proven.provider_session,
            acr=proven.acr,
            auth_time=proven.auth_time,
            ip=callback.ip,
            user_agent=callback.user_agent,
            now=now,
        )
