"""Write to those who registered: login and temporary password, or a word to who has an account already."""

from __future__ import annotations

import secrets
from datetime import datetime

from nmo_identity.letters.commands.send import send_letter
from nmo_identity.limits.commands.take import take_day
from nmo_identity.limits.rules import keyed
from nmo_identity.local_accounts import queries
from nmo_identity.local_accounts.commands.register import place
from nmo_identity.local_accounts.commands.resend import take_confirmation
from nmo_identity.local_accounts.fields import Typed
from nmo_identity.local_accounts.rules import LETTERS_A_DAY, SECRET_LIFETIME, temporary_secret
from nmo_identity.local_accounts.tables import Registration
from nmo_identity.login.rules import digest
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

BATCH = 20


async def answer_received(db: Database, cipher: FieldCipher, *, now: datetime) -> int:
    """Answer the registrations that wait, by mail only (REG-02, REG-03); how many.

    The address gets login and temporary password, or, if it has an account, the way to sign in or recover. Whoever holds
    the number already is told that somebody typed it. The browser that registered learns nothing of either.
    """
    async with db.write() as session:
        rows = await queries.claim_received(session, BATCH)
        for row in rows:
            typed = Typed.loaded(cipher.decrypt(row.data_sealed, aad=place(row.id)))
            await _answer(session, row, typed, cipher, now)
    return len(rows)


async def _answer(
    session: WriteSession, row: Registration, typed: Typed, cipher: FieldCipher, now: datetime
) -> None:
    known = await queries.verified_account(session, row.email_index)
    await _tell_holder(session, row, typed, cipher, now)
    allowed = await take_day(session, f"registration-mail:{keyed(row.email_index)}", LETTERS_A_DAY, now=now)
    row.state = "mailed" if known is None else "known"
    session.add(row)
    if allowed is None:
        # The day's letters to the address are used up: the row runs out by itself.
        return
    if known is not None:
        await send_letter(
            session, kind="registration_known", channel="email", to=typed.email, params={},
            person_id=known.person_id, cipher=cipher, now=now,
        )  # fmt: skip
        return
    await send_credentials(session, row, typed.email, cipher=cipher, now=now)


async def send_credentials(
    session: WriteSession, row: Registration, email: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Mail login, temporary password and the confirming link; what was mailed before for this row is void.

    It is the first of the day's confirming letters of the account.
    """
    await take_confirmation(session, row, now)
    link, secret = secrets.token_urlsafe(32), temporary_secret()
    row.link_hash, row.link_used_at = digest(link), None
    row.secret_index, row.secret_used_at = queries.secret_index(email, secret, cipher), None
    row.secret_expires_at = min(now + SECRET_LIFETIME, row.expires_at)
    session.add(row)
    # Nothing that was typed goes into the letter: it may be addressed to a stranger.
    await send_letter(
        session,
        kind="registration",
        channel="email",
        to=email,
        params={"login": email, "secret": secret, "token": link},
        person_id=None,
        cipher=cipher,
        now=now,
        lifetime=SECRET_LIFETIME,
    )


async def _tell_holder(
    session: WriteSession, row: Registration, typed: Typed, cipher: FieldCipher, now: datetime
) -> None:
    """The owner of a number learns that it was typed; never the other way round."""
    owner = await queries.holder(session, row.snils_index)
    if owner is None or owner.email is None:
        return
    await journal.record(
        session,
        actor="anonymous",
        action="registration.number_used",
        object_=f"registration/{row.id}",
        person_id=owner.id,
        result="refused",
        reason="number_held",
    )
    if typed.email == owner.email:
        return
    if await take_day(session, f"number-used:{owner.id}", LETTERS_A_DAY, now=now) is not None:
        await send_letter(
            session, kind="registration_number_used", channel="email", to=owner.email, params={},
            person_id=owner.id, cipher=cipher, now=now,
        )  # fmt: skip
