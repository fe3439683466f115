"""Give an account a new password."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.tables import Person
from nmo_identity.passwords import hashing
from nmo_identity.passwords.errors import REUSED, PasswordRefused
from nmo_identity.passwords.queries import credential_for_update, former_passwords, hash_of
from nmo_identity.passwords.rules import FORMER_REFUSED
from nmo_identity.passwords.strength import faults_of
from nmo_identity.passwords.tables import FormerPassword
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound


async def set_password(
    session: WriteSession, account_id: UUID, new_password: str, *, person: Person, now: datetime
) -> None:
    """Check the password by the profile in force and keep its hash (REG-06); the term begins anew.

    Writes the credential, the former password and a journal row. Who may do so is the caller's to prove; ending the
    other sessions is the caller's too.

    Raises:
        PasswordRefused: names every rule broken, at the field `password`.
        NotFound: the account has no login and password.
        Unavailable: too many passwords are waiting to be hashed.
    """
    hashes = hashing.current()
    faults = await asyncio.to_thread(faults_of, new_password, hashes.rules, own_words(person))
    if faults:
        raise PasswordRefused(faults)
    row = await credential_for_update(session, account_id)
    if row is None:
        raise NotFound
    in_force = hash_of(row)
    former = await former_passwords(session, account_id, FORMER_REFUSED - 1)
    for known in ([in_force] if in_force else []) + list(former):
        if (await hashes.verify(new_password, known)).right:
            raise PasswordRefused([REUSED])
    new = await hashes.hash(new_password)
    if in_force is not None:
        session.add(
            FormerPassword(
                account_id=account_id,
                password_hash=in_force.text,
                pepper_id=in_force.pepper_id,
                retired_at=now,
            )
        )
    row.password_hash, row.pepper_id, row.set_at, row.noticed_days = new.text, new.pepper_id, now, None
    session.add(row)
    await journal.record(
        session,
        actor=str(person.id),
        action="password.changed",
        object_=f"account/{account_id}",
        person_id=person.id,
        reason=None if in_force else "first",
    )


def own_words(person: Person) -> list[str]:
    """Words that stand for the person: a password made of them is the first guess of whoever knows them."""
    values = [
        person.last_name,
        person.first_name,
        person.patronymic or "",
        person.email or "",
        person.phone or "",
    ]
    parts = [part for value in values for part in re.split(r"[^\w]+", value)]
    return [word for word in dict.fromkeys([*values, *parts]) if word]
