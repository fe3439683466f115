"""Begin to tie an account of this portal that carries one's own number or address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.linking import queries
from nmo_identity.linking.errors import LinkNotFound, LinkStateInvalid
from nmo_identity.linking.rules import FLOW_LIFETIME
from nmo_identity.linking.tables import LinkDismissal, LinkFlow
from nmo_identity.login.queries import live_session_by_id
from nmo_identity.login.rules import digest
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def begin_join(session: WriteSession, account_id: UUID, *, by: Principal, now: datetime) -> UUID:
    """The state of a new flow: within ten minutes the control of that account must be shown (L2, L3).

    Raises:
        StepUpRequired: the sign-in by ЕСИА is older than five minutes.
        LinkNotFound: no such account was found for this person.
    """
    require_recent(by, now)
    row = await live_session_by_id(session, UUID(by.sid), now) if by.sid else None
    if row is None or row.person_id != by.person_id:
        raise LinkStateInvalid
    me = await read_person(session, by.person_id)
    found = {account.id: account for account, _ in await queries.found_accounts(session, me)}
    target = found.get(account_id)
    if target is None:
        raise LinkNotFound
    flow = LinkFlow(
        state=uuid4(),
        direction="to_local",
        person_id=row.person_id,
        account_id=row.account_id,
        sid=row.sid,
        browser_hash=digest(by.sid),
        provider_key=target.provider_key,
        issuer=target.issuer,
        upstream_subject=target.subject,
        created_at=now,
        expires_at=now + FLOW_LIFETIME,
    )
    session.add(flow)
    await journal.record(
        session,
        actor=by,
        action="link.started",
        object_=f"account/{target.id}",
        person_id=by.person_id,
    )
    return flow.state


async def dismiss(session: WriteSession, account_id: UUID, *, by: Principal, now: datetime) -> None:
    """«Это не моя»: never tell this person of that account again.

    Raises:
        LinkNotFound: no such account was found for this person.
    """
    me = await read_person(session, by.person_id)
    if account_id not in {account.id for account, _ in await queries.found_accounts(session, me)}:
        raise LinkNotFound
    session.add(LinkDismissal(person_id=me.id, account_id=account_id, at=now))
    await journal.record(
        session, actor=by, action="link.dismissed", object_=f"account/{account_id}", person_id=me.id
    )
