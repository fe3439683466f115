"""Look for the accounts of recoveries that were asked for, and owe their letters."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.tables import Account, Person
from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.errors import CodeSpent
from nmo_identity.codes.rules import LIFETIME
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.recovery import queries
from nmo_identity.recovery.rules import PURPOSE
from nmo_identity.recovery.tables import RecoveryFlow
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

BATCH = 50


async def prepare_recoveries(db: Database, cipher: FieldCipher, *, now: datetime) -> int:
    """Issue a code for every recovery that waits, and send it where there is an account; how many were done.

    A recovery without an account gets a code that nobody is told, so that checking codes takes the same way for all.
    Somebody who has no password here but enters through a provider is told so, at the address they own.
    """
    async with db.write() as session:
        rows = await queries.unprepared(session, now, BATCH)
        for flow in rows:
            await _prepare(session, flow, cipher, now)
    return len(rows)


async def _prepare(session: WriteSession, flow: RecoveryFlow, cipher: FieldCipher, now: datetime) -> None:
    contact = cipher.decrypt(flow.contact_sealed or b"", aad=queries.contact_place(flow))
    account = await queries.account_reached_by(session, flow.channel, contact, cipher)
    flow.account_id = account.id if account else None
    flow.prepared_at = now
    session.add(flow)
    await session.flush()
    try:
        code = await issue_code(
            session,
            purpose=PURPOSE,
            flow=str(flow.id),
            account_id=flow.account_id,
            cipher=cipher,
            now=now,
        )
    except CodeSpent:
        return
    if account is not None:
        await _send(session, flow, account, contact, code, cipher, now)
    elif flow.channel == "email":
        await _tell_about_provider(session, contact, cipher, now)


async def _send(
    session: WriteSession,
    flow: RecoveryFlow,
    account: Account,
    contact: str,
    code: str,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    await send_letter(
        session,
        kind="recovery_code",
        channel="sms" if flow.channel == "sms" else "email",
        to=contact,
        params={"code": code},
        person_id=account.person_id,
        cipher=cipher,
        now=now,
        lifetime=LIFETIME,
    )
    await journal.record(
        session,
        actor="identity.recovery",
        action="recovery.asked",
        object_=f"recovery/{flow.number}",
        person_id=account.person_id,
        purpose=flow.channel,
    )


async def _tell_about_provider(
    session: WriteSession, contact: str, cipher: FieldCipher, now: datetime
) -> None:
    person: Person | None = await queries.person_signs_in_elsewhere(session, contact)
    if person is not None:
        await send_letter(
            session,
            kind="recovery_through_provider",
            channel="email",
            to=contact,
            params={},
            person_id=person.id,
            cipher=cipher,
            now=now,
        )
