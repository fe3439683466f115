"""Finish tying a provider: the callback's proof is used up, the provider proves its side, one transaction ties both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nmo_identity.accounts.tables import Account
from nmo_identity.linking import letters
from nmo_identity.linking.commands.consume import Shown, consume, settle_flow
from nmo_identity.linking.commands.record_refusal import record_refusal
from nmo_identity.linking.commands.tie import Tied, tie_provider
from nmo_identity.linking.errors import BY_VERDICT, LinkNotFresh, LinkStateInvalid
from nmo_identity.linking.rules import is_fresh
from nmo_identity.linking.tables import LinkFlow
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.commands.remember_token import remember_token
from nmo_identity.login.errors import problem_of
from nmo_identity.login.queries import session_by_id
from nmo_identity.providers.port import Flow, LoginProvider, ProvenPerson, ProviderRefusal
from nmo_kit import failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem


async def finish_link(
    db: Database,
    provider: LoginProvider,
    shown: Shown,
    query: Mapping[str, str],
    *,
    cipher: FieldCipher,
    now: datetime,
) -> SignedIn:
    """Tie what the provider proves to the person who began (REG-09, L1 … L10); a new session by that way in.

    All earlier sessions end: the right to come in by two ways is a new right. A refusal writes nothing but a journal
    row, and, when the identity belongs to somebody else, letters to both owners.

    Raises:
        Problem: with the stable code of the refusal.
    """
    flow = await consume(db, shown, direction="to_provider", now=now)
    try:
        proven = await _proven(provider, flow, query, now)
        await failpoints.hit("identity.link.proven")
        return await _tie(db, provider, flow, proven, shown, cipher=cipher, now=now)
    except ProviderRefusal as refusal:
        await record_refusal(db, flow.person_id, provider.key, refusal.code, refusal.reason)
        raise problem_of(refusal) from refusal
    except Problem as problem:
        await record_refusal(db, flow.person_id, provider.key, problem.code, problem.code)
        raise


async def _proven(
    provider: LoginProvider, flow: LinkFlow, query: Mapping[str, str], now: datetime
) -> ProvenPerson:
    asked = Flow(flow.state, flow.created_at, flow.redirect_uri, flow.nonce, flow.code_verifier, fresh=True)
    proven = await provider.finish(asked, query, now=now)
    if not is_fresh(proven.auth_time, flow.created_at):
        raise LinkNotFresh
    return proven


async def _tie(
    db: Database,
    provider: LoginProvider,
    flow: LinkFlow,
    proven: ProvenPerson,
    shown: Shown,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> SignedIn:
    async with db.write() as session:
        mine = await session.get(Account, flow.account_id, with_for_update=True, populate_existing=True)
        before = await session_by_id(session, flow.sid)
        if before is None or mine is None or mine.person_id != flow.person_id:
            raise LinkStateInvalid
        await remember_token(session, proven, now)
        used = await settle_flow(session, flow, subject=proven.subject)
        tied = await tie_provider(session, mine, proven, provider_key=provider.key, cipher=cipher, now=now)
        used.outcome = tied.verdict
        signed_in = None
        if tied.done and tied.account is not None:
            await letters.tell_added(session, tied.person, provider.title, cipher=cipher, now=now)
            # A provider that only ties opens nothing, not even now (L6).
            by_it = not provider.link_only
            signed_in = await open_session(
                session,
                person=tied.person,
                account=tied.account if by_it else mine,
                provider_key=provider.key if by_it else mine.provider_key,
                provider_session=proven.provider_session if by_it else before.provider_session,
                acr=proven.acr if by_it else before.acr,
                auth_time=proven.auth_time if by_it else before.auth_time,
                ip=shown.ip,
                user_agent=shown.user_agent,
                now=now,
            )
    if signed_in is None:
        await _tell_both(db, flow, tied, provider.title, cipher=cipher, now=now)
        raise BY_VERDICT.get(tied.verdict, LinkStateInvalid)
    return signed_in


async def _tell_both(
    db: Database, flow: LinkFlow, tied: Tied, title: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Both owners learn that one tried to tie what is the other's (L10); each by their own letter and journal."""
    if tied.verdict != "taken" or tied.account is None:
        return
    async with db.write() as session:
        for person_id in sorted({flow.person_id, tied.account.person_id}):
            await letters.tell_refused(session, person_id, title, cipher=cipher, now=now)
