"""Begin a sign-in: a flow bound to the browser, and the provider's address."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from nmo_identity.login.commands.record_refusal import record_refusal
from nmo_identity.login.commands.refuse_link_only import refuse_link_only
from nmo_identity.login.errors import problem_of
from nmo_identity.login.rules import FLOW_LIFETIME, digest
from nmo_identity.login.tables import LoginFlow
from nmo_identity.providers.port import Flow, LoginProvider, ProviderRefusal
from nmo_kit.db import Database


async def start_login(
    db: Database,
    provider: LoginProvider,
    *,
    flow_id: str,
    public_url: str,
    now: datetime,
    confirms: UUID | None = None,
) -> str:
    """Address to send the browser to (SSO-01). `flow_id` is the gateway's secret of this browser.

    Each provider has a redirect address of its own, so that answers of two issuers cannot be mixed up.

    `confirms` is the session that the person proves anew; such a flow opens no other.

    A refusal leaves a journal row with its reason, under the reference code the person is shown.

    Raises:
        Problem: the provider cannot be asked.
    """
    flow = Flow(
        state=uuid4(),
        started_at=now,
        redirect_uri=f"{public_url}/auth/{provider.key}/callback",
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        fresh=confirms is not None,
    )
    try:
        refuse_link_only(provider)
        url = await provider.authorize_url(flow, now=now)
    except ProviderRefusal as refusal:
        await record_refusal(db, provider.key, refusal.code, refusal.reason)
        raise problem_of(refusal) from refusal
    async with db.write() as session:
        session.add(
            LoginFlow(
                state=flow.state,
                provider_key=provider.key,
                flow_hash=digest(flow_id),
                redirect_uri=flow.redirect_uri,
                nonce=flow.nonce,
                code_verifier=flow.code_verifier,
                created_at=now,
                expires_at=now + FLOW_LIFETIME,
                confirm_sid=confirms,
            )
        )
    return url
