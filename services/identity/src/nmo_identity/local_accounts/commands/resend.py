"""Mail the confirming link anew to a person who signed in and has not confirmed the address."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.limits.commands.take import take_day
from nmo_identity.local_accounts import queries
from nmo_identity.local_accounts.errors import LinkOver
from nmo_identity.local_accounts.rules import CONFIRMATIONS_A_DAY, LINK_LIFETIME
from nmo_identity.local_accounts.tables import Registration
from nmo_identity.login.queries import session_by_id
from nmo_identity.login.rules import digest
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import Forbidden
from nmo_kit.principal import Principal

_SPENT = (
    f"Сегодня мы отправили на этот адрес {CONFIRMATIONS_A_DAY} писем со ссылкой. Проверьте папку «Спам». "
    "Если в адресе ошибка, укажите другой. Новое письмо можно запросить завтра."
)


async def take_confirmation(session: WriteSession, row: Registration, now: datetime) -> bool:
    """Count one confirming letter of an account; False when the day's are used. Nobody else can use them up."""
    key = f"confirmation-mail:{row.id}"
    return await take_day(session, key, CONFIRMATIONS_A_DAY, now=now) is not None


async def resend_link(session: WriteSession, *, by: Principal, cipher: FieldCipher, now: datetime) -> None:
    """A new link to the same address; the one mailed before is void.

    Raises:
        LettersSpent: five letters with a link were sent for the account today (P06).
        LinkOver: there is nothing to confirm any more.
        Forbidden: the caller has no session of an unconfirmed account.
    """
    if by.entry not in {"unverified", "restricted"} or not by.sid:
        raise Forbidden
    person = await read_person(session, by.person_id)
    opened = await session_by_id(session, UUID(by.sid))
    row = await queries.registration_of_account(session, opened.account_id) if opened else None
    if row is None or person.email is None or row.link_used_at is not None or row.expires_at <= now:
        raise LinkOver
    if not await take_confirmation(session, row, now):
        raise LettersSpent(_SPENT)
    link = secrets.token_urlsafe(32)
    row.link_hash = digest(link)
    session.add(row)
    await send_letter(
        session,
        kind="confirm_address",
        channel="email",
        to=person.email,
        params={"token": link},
        person_id=person.id,
        cipher=cipher,
        now=now,
        lifetime=LINK_LIFETIME,
    )
