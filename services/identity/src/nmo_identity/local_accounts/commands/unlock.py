"""Open a closed sign-in earlier, by a code to a confirmed contact (REG-08)."""

from __future__ import annotations

import secrets
from datetime import datetime

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.codes.commands.check import check_code
from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.queries import code_of
from nmo_identity.codes.rules import LIFETIME
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.letters.rules import DAY_PER_ADDRESS
from nmo_identity.limits.commands.take import take_day
from nmo_identity.limits.rules import keyed
from nmo_identity.local_accounts import queries
from nmo_identity.lockout.commands.guard import forgive
from nmo_identity.lockout.rules import keys_of
from nmo_identity.login.rules import digest
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

PURPOSE = "sign_in_unlock"
KEPT_BYTES = 16
"""Of a login's index; as much as the counters are kept under."""


def new_flow(login: str, cipher: FieldCipher) -> str:
    """Handle of one unlocking, told to the browser before anything is looked up; it names the login by its index."""
    return f"{secrets.token_urlsafe(32)}.{queries.login_index(login, cipher)[:KEPT_BYTES].hex()}"


async def send_unlock_code(
    db: Database, login: str, flow: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Send a code to the owner of the login, by text message where a phone is confirmed, else by mail.

    Runs after the answer is given: neither its words nor its time tell whether the login exists. For a login that means
    nobody a code is issued and sent to nobody, so that guessing it looks the same.
    """
    index = queries.login_index(login, cipher)
    async with db.write() as session:
        if await take_day(session, f"unlock:{keyed(index)}", DAY_PER_ADDRESS, now=now) is None:
            return
        account = await queries.account_of_login(session, login, cipher)
        code = await issue_code(
            session,
            purpose=PURPOSE,
            flow=digest(flow).hex(),
            account_id=account.id if account else None,
            cipher=cipher,
            now=now,
        )
        person = await read_person(session, account.person_id) if account else None
        if person is None:
            return
        by_phone = bool(person.phone and person.phone_verified)
        to = person.phone if by_phone else person.email if person.email_verified else None
        if to is not None:
            await send_letter(
                session,
                kind="sign_in_unlock",
                channel="sms" if by_phone else "email",
                to=to,
                params={"code": code},
                person_id=person.id,
                cipher=cipher,
                now=now,
                lifetime=LIFETIME,
            )


async def unlock(db: Database, flow: str, code: str, *, cipher: FieldCipher, now: datetime) -> None:
    """Forget the wrong tries of the flow's login, once its owner has shown the code. Writes a journal row.

    Raises:
        CodeWrong, CodeExpired, CodeSpent: the same for a login that means nobody.
    """
    bound = digest(flow).hex()
    await check_code(db, purpose=PURPOSE, flow=bound, code=code, cipher=cipher, now=now)
    async with db.write() as session:
        row = await code_of(session, PURPOSE, bound)
        account = await account_by_id(session, row.account_id) if row and row.account_id else None
        if account is None:
            return
        index = bytes.fromhex(flow.rpartition(".")[2])
        await forgive(session, keys_of(login_index=index, account_id=account.id, device=None))
        await journal.record(
            session,
            actor=str(account.person_id),
            action="login.unlocked",
            object_=f"account/{account.id}",
            person_id=account.person_id,
            reason="code",
        )
