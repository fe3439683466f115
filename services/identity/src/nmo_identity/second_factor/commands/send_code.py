"""Send the code of the second step as a text message."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.errors import CodeSpent
from nmo_identity.codes.rules import LIFETIME
from nmo_identity.letters.commands.quota import allow_letter
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.second_factor import queries
from nmo_identity.second_factor.commands.check import SMS_PURPOSE
from nmo_identity.second_factor.errors import MethodMissing, PhoneMissing
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.ids import uuid7


async def send_second_step_code(
    db: Database, account_id: UUID, *, cipher: FieldCipher, now: datetime
) -> None:
    """A code by text message to the person's confirmed number; five a day.

    Raises:
        MethodMissing: text messages are not set up.
        PhoneMissing: no confirmed number.
        TooManyRequests, LettersSpent: asked too often.
    """
    async with db.read() as session:
        holder = await queries.holder_of_account(session, account_id)
    phone = holder.person.phone
    if phone is None or not holder.person.phone_verified:
        raise PhoneMissing
    await allow_letter(db, owner=str(account_id), to=phone, cipher=cipher, now=now)
    async with db.write() as session:
        code = await _code(session, account_id, cipher, now)
        await send_letter(
            session,
            kind="second_step_code",
            channel="sms",
            to=phone,
            params={"code": code},
            person_id=holder.person.id,
            cipher=cipher,
            now=now,
            lifetime=LIFETIME,
        )


async def _code(session: WriteSession, account_id: UUID, cipher: FieldCipher, now: datetime) -> str:
    """A code in the flow in hand; in a new one when that is over. The account's own count of tries stands beside it."""
    factor = await queries.factor_for_update(session, account_id, "sms")
    if factor is None:
        raise MethodMissing
    for _ in range(2):
        if factor.flow is None:
            factor.flow = uuid7()
            session.add(factor)
        try:
            return await issue_code(
                session,
                purpose=SMS_PURPOSE,
                flow=str(factor.flow),
                account_id=account_id,
                cipher=cipher,
                now=now,
            )
        except CodeSpent:
            factor.flow = None
    raise CodeSpent
