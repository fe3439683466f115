"""Use a link's proof up: the first thing every way of finishing does."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.accounts.rules import LIVE
from nmo_identity.linking import queries
from nmo_identity.linking.commands.record_refusal import record_refusal
from nmo_identity.linking.errors import BY_CODE, LinkUsed
from nmo_identity.linking.rules import Direction, Presented, refusal_of_flow
from nmo_identity.linking.tables import LinkFlow
from nmo_identity.login.queries import live_session_by_id
from nmo_identity.login.rules import digest
from nmo_kit.db import Database, WriteSession


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser shows when it finishes a link."""

    browser: str
    """The gateway's secret of the browser; a form within a session is bound by the session's id."""
    session: UUID | None
    """Of the browser, as it is now."""
    state: str
    """What came back in the callback or the form."""
    provider_key: str
    ip: str = ""
    user_agent: str = ""


async def consume(
    db: Database, shown: Shown, *, direction: Direction, now: datetime, spend: bool = True
) -> LinkFlow:
    """The flow, if everything it was bound to is here again; used from now on unless `spend` is false (L3, L4).

    In a transaction of its own: whatever follows, the proof works no second time. A refusal leaves a journal row.

    Raises:
        LinkStateInvalid: other browser, session, account or provider, or too late.
        LinkUsed: finished or taken back before.
    """
    try:
        state: UUID | None = UUID(shown.state)
    except ValueError:
        state = None
    async with db.write() as session:
        row = await queries.flow_for_update(session, state) if state else None
        fault = refusal_of_flow(await _presented(session, row, shown, direction, now), now)
        if fault is None and row is not None:
            row.consumed_at = now if spend else None
            session.add(row)
            return row
    code, reason = fault or ("link_state_invalid", "state_unknown")
    await record_refusal(db, row.person_id if row else None, shown.provider_key, code, reason)
    raise BY_CODE[code]


async def _presented(
    session: WriteSession, row: LinkFlow | None, shown: Shown, direction: Direction, now: datetime
) -> Presented:
    signed_in = await live_session_by_id(session, shown.session, now) if shown.session else None
    if row is None or row.direction != direction:
        return Presented(
            found=False, same_browser=False, same_session=False, same_account=False, same_provider=False,
            consumed=False, expires_at=None,
        )  # fmt: skip
    account = await account_by_id(session, row.account_id)
    return Presented(
        found=True,
        same_browser=hmac.compare_digest(row.browser_hash, digest(shown.browser)),
        same_session=signed_in is not None and signed_in.sid == row.sid,
        same_account=signed_in is not None
        and signed_in.account_id == row.account_id
        and account is not None
        and account.person_id == row.person_id == signed_in.person_id
        and account.state in LIVE,
        same_provider=row.provider_key == shown.provider_key,
        consumed=row.consumed_at is not None or row.outcome is not None,
        expires_at=row.expires_at,
    )


async def settle_flow(session: WriteSession, flow: LinkFlow, *, subject: str | None) -> LinkFlow:
    """The row of a used proof, locked; the caller writes its outcome in the same transaction.

    Comes before anything is tied: tying takes back every other proof under way, and this one must not be among them.

    Raises:
        LinkUsed: recovery, untying or another link took it back while the other side was asked.
    """
    row = await queries.flow_for_update(session, flow.state)
    if row is None or row.outcome is not None:
        raise LinkUsed
    row.outcome, row.upstream_subject = "proven", subject
    session.add(row)
    await session.flush()
    return row
