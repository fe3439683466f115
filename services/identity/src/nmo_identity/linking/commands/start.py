"""Begin to tie a provider: a flow for one person, one session, one browser, and the provider's address."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.linking import queries
from nmo_identity.linking.commands.record_refusal import record_refusal
from nmo_identity.linking.errors import LastWayIn, LinkOtherIdentity, LinkStateInvalid
from nmo_identity.linking.rules import FLOW_LIFETIME
from nmo_identity.linking.tables import LinkFlow
from nmo_identity.login.errors import problem_of
from nmo_identity.login.queries import live_session_by_id
from nmo_identity.login.rules import digest
from nmo_identity.providers.port import Flow, LoginProvider, ProviderRefusal
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import journal
from nmo_kit.db import Database, WriteSession
from nmo_kit.principal import Principal


async def start_link(
    db: Database,
    provider: LoginProvider,
    *,
    by: Principal,
    browser: str,
    public_url: str,
    now: datetime,
) -> str:
    """Address to send the browser to (REG-09, L2, L3, L5). `browser` is the gateway's secret of this browser.

    The sign-in behind the request must be at most five minutes old. A journal row tells that a link was begun.

    Raises:
        StepUpRequired: the sign-in is older.
        LastWayIn: an unconfirmed account cannot be tied to a provider that opens no session.
        LinkOtherIdentity: the person has a way in of this provider.
        Problem: the provider cannot be asked.
    """
    require_recent(by, now)
    flow = Flow(
        state=uuid4(),
        started_at=now,
        redirect_uri=f"{public_url}/auth/{provider.key}/callback",
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        fresh=True,
    )
    try:
        url = await provider.authorize_url(flow, now=now)
    except ProviderRefusal as refusal:
        await record_refusal(db, by.person_id, provider.key, refusal.code, refusal.reason)
        raise problem_of(refusal) from refusal
    async with db.write() as session:
        session.add(await _flow_row(session, provider, flow, by=by, browser=browser, now=now))
        await journal.record(
            session,
            actor=by,
            action="link.started",
            object_=f"provider/{provider.key}",
            person_id=by.person_id,
        )
    return url


async def _flow_row(
    session: WriteSession, provider: LoginProvider, flow: Flow, *, by: Principal, browser: str, now: datetime
) -> LinkFlow:
    """The flow, bound to everything that must be here again when it comes back."""
    row = await live_session_by_id(session, UUID(by.sid), now) if by.sid else None
    if row is None or row.person_id != by.person_id:
        raise LinkStateInvalid
    if provider.issuer in {item.issuer for item in await queries.open_accounts(session, by.person_id)}:
        raise LinkOtherIdentity
    own = await account_by_id(session, row.account_id)
    if provider.link_only and (own is None or own.state != "active"):
        # The link would wipe an unconfirmed account (L7), and nothing would be left to come in by.
        raise LastWayIn
    return LinkFlow(
        state=flow.state,
        direction="to_provider",
        person_id=row.person_id,
        account_id=row.account_id,
        sid=row.sid,
        browser_hash=digest(browser),
        provider_key=provider.key,
        issuer=provider.issuer,
        redirect_uri=flow.redirect_uri,
        nonce=flow.nonce,
        code_verifier=flow.code_verifier,
        created_at=now,
        expires_at=now + FLOW_LIFETIME,
    )
