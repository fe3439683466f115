"""Finish tying an account of this portal: its password or a mailed code shows control, one transaction ties both."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from nmo_identity.accounts.queries import account_of
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.tables import Account
from nmo_identity.codes.commands.check import check_code
from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.errors import CodeWrong
from nmo_identity.letters.commands.quota import allow_letter
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.linking import letters, queries
from nmo_identity.linking.commands.consume import Shown, consume, settle_flow
from nmo_identity.linking.commands.record_refusal import record_refusal
from nmo_identity.linking.commands.tie import tie_local
from nmo_identity.linking.errors import (
    BY_VERDICT,
    LinkNotFound,
    LinkStateInvalid,
    LinkTriesSpent,
    LinkUsed,
    LinkWrongProof,
)
from nmo_identity.linking.queries import LOCAL_TITLE
from nmo_identity.linking.rules import MAX_TRIES, mask_email
from nmo_identity.linking.tables import LinkFlow
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.queries import session_by_id
from nmo_identity.passwords.commands.verify import verify_password
from nmo_kit import failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import Problem

PURPOSE = "link"
CODE_KEPT = timedelta(minutes=10)


async def send_join_code(db: Database, shown: Shown, *, cipher: FieldCipher, now: datetime) -> str:
    """Mail a code to the confirmed address of the account to be tied; the masked address.

    Raises:
        LinkStateInvalid, LinkUsed: the flow is not this session's, over or used.
        LettersSpent, TooManyRequests: too many letters were asked for.
    """
    flow = await consume(db, shown, direction="to_local", now=now, spend=False)
    async with db.read() as session:
        target = await account_of(session, flow.issuer, flow.upstream_subject or "")
        owner = await read_person(session, target.person_id) if target else None
    if target is None or owner is None or not owner.email or not owner.email_verified:
        raise LinkNotFound
    await allow_letter(db, owner=f"link|{flow.person_id}", to=owner.email, cipher=cipher, now=now)
    async with db.write() as session:
        code = await issue_code(
            session, purpose=PURPOSE, flow=str(flow.state), account_id=target.id, cipher=cipher, now=now
        )
        await send_letter(
            session,
            kind="link_code",
            channel="email",
            to=owner.email,
            params={"code": code},
            person_id=owner.id,
            cipher=cipher,
            now=now,
            lifetime=CODE_KEPT,
        )
    return mask_email(owner.email)


async def join(
    db: Database,
    shown: Shown,
    *,
    password: str | None = None,
    code: str | None = None,
    cipher: FieldCipher,
    now: datetime,
) -> SignedIn:
    """Tie the account whose password or mailed code is given (L2, L3, L4, D5); a new session for the one person.

    The try is counted before anything is compared; five wrong ones end the flow. Refusals leave journal rows.

    Raises:
        LinkWrongProof, LinkTriesSpent: the password or code is wrong.
        Problem: the flow is not this session's, or the two sides must not be tied.
    """
    flow = await consume(db, shown, direction="to_local", now=now, spend=False)
    try:
        target, left = await _counted(db, flow)
        try:
            await _show_control(db, flow, target, password=password, code=code, cipher=cipher, now=now)
        except (LinkWrongProof, CodeWrong) as wrong:
            # Under two counts at once, the smaller one closes.
            wrong.extra["tries_left"] = min(left, wrong.extra.get("tries_left", left))
            raise
        await _use_up(db, flow, now)
        await failpoints.hit("identity.link.local_proven")
        return await _tie(db, flow, target, shown, cipher=cipher, now=now)
    except Problem as problem:
        await record_refusal(db, flow.person_id, flow.provider_key, problem.code, problem.code)
        raise


async def _counted(db: Database, flow: LinkFlow) -> tuple[Account, int]:
    """The account on the other side, and how many tries remain after this one."""
    async with db.write() as session:
        counted = await session.execute(
            update(LinkFlow)
            .where(
                col(LinkFlow.state) == flow.state,
                col(LinkFlow.consumed_at).is_(None),
                col(LinkFlow.tries) < MAX_TRIES,
            )
            .values(tries=LinkFlow.tries + 1)
            .returning(col(LinkFlow.tries))
            .execution_options(synchronize_session=False)
        )
        tries = counted.scalar_one_or_none()
        if tries is None:
            raise LinkTriesSpent
        target = await account_of(session, flow.issuer, flow.upstream_subject or "")
    if target is None:
        raise LinkNotFound
    return target, MAX_TRIES - tries


async def _show_control(
    db: Database,
    flow: LinkFlow,
    target: Account,
    *,
    password: str | None,
    code: str | None,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    if code is not None:
        await check_code(db, purpose=PURPOSE, flow=str(flow.state), code=code, cipher=cipher, now=now)
    elif password is None or not await verify_password(db, target.id, password):
        raise LinkWrongProof


async def _use_up(db: Database, flow: LinkFlow, now: datetime) -> None:
    """In a transaction of its own: whatever follows, the proof works no second time (L4)."""
    async with db.write() as session:
        row = await queries.flow_for_update(session, flow.state)
        if row is None or row.consumed_at is not None:
            raise LinkUsed
        row.consumed_at = now
        session.add(row)


async def _tie(
    db: Database, flow: LinkFlow, target: Account, shown: Shown, *, cipher: FieldCipher, now: datetime
) -> SignedIn:
    """Tie, or refuse; the proof is gone either way."""
    signed_in = None
    async with db.write() as session:
        before = await session_by_id(session, flow.sid)
        mine = await session.get(Account, flow.account_id, with_for_update=True, populate_existing=True)
        theirs = await session.get(Account, target.id, with_for_update=True, populate_existing=True)
        me = await read_person(session, flow.person_id)
        found = {account.id for account, _ in await queries.found_accounts(session, me)}
        if before is None or mine is None or mine.person_id != me.id:
            raise LinkStateInvalid
        if theirs is None or theirs.id not in found:
            raise LinkNotFound
        used = await settle_flow(session, flow, subject=theirs.subject)
        tied = await tie_local(session, mine, theirs, cipher=cipher, now=now)
        used.outcome = tied.verdict
        if tied.done:
            await letters.tell_added(session, tied.person, LOCAL_TITLE, cipher=cipher, now=now)
            signed_in = await open_session(
                session,
                person=tied.person,
                account=mine,
                provider_key=before.provider_key,
                provider_session=before.provider_session,
                acr=before.acr,
                auth_time=before.auth_time,
                ip=shown.ip,
                user_agent=shown.user_agent,
                now=now,
            )
    if signed_in is None:
        raise BY_VERDICT.get(tied.verdict, LinkStateInvalid)
    return signed_in
