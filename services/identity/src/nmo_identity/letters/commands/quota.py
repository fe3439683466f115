"""How many letters with codes and links may be asked for."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.letters.errors import LettersSpent
from nmo_identity.letters.rules import DAY_PER_ADDRESS, DAY_PER_OWNER, SEND_RATE
from nmo_identity.limits.commands.take import take_day, take_rate
from nmo_identity.limits.rules import keyed
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import TooManyRequests, retry_after


async def allow_letter(
    db: Database,
    *,
    owner: str,
    to: str,
    cipher: FieldCipher,
    now: datetime,
    per_owner: int | None = DAY_PER_OWNER,
) -> None:
    """Count one letter that `owner` (an account's id, a flow's name) asks for to an address (P06).

    Five a day to one address, then only another address helps; ten a day for one owner whatever the address (`per_owner`); between
    letters to one address half a minute passes. Counted in a transaction of its own, so a failure gives nothing back.

    Raises:
        TooManyRequests: asked again at once; `Retry-After` says when.
        LettersSpent: the day's letters are used.
    """
    here, all_spent = None, False
    address = keyed(cipher.blind_index(f"letter_to|{to.lower()}"))
    async with db.write() as session:
        wait = await take_rate(session, f"letter|{owner}|{address}", SEND_RATE, now=now)
        if wait is None:
            here = await take_day(session, f"letter|{owner}|{address}", DAY_PER_ADDRESS, now=now)
            all_spent = (
                here is not None
                and per_owner is not None
                and await take_day(session, f"letter|{owner}", per_owner, now=now) is None
            )
    if wait is not None:
        raise TooManyRequests(
            "Мы только что отправили код. Подождите полминуты и запросите ещё раз.",
            headers=retry_after(wait.total_seconds()),
        )
    if all_spent:
        raise LettersSpent(
            f"Сегодня вы запросили {per_owner} сообщений на разные адреса и номера. "
            "Новое сообщение можно запросить завтра."
        )
    if here is None:
        raise LettersSpent
