"""Turn a registration into an account, and an unconfirmed account into a confirmed one."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts import events
from nmo_identity.accounts.queries import person_for_update, place
from nmo_identity.accounts.rules import LOCAL, ProofLevel, state_after
from nmo_identity.accounts.tables import Account, Person, Proof
from nmo_identity.local_accounts import queries
from nmo_identity.local_accounts.commands.register import place as data_place
from nmo_identity.local_accounts.errors import LinkOver
from nmo_identity.local_accounts.fields import Typed
from nmo_identity.local_accounts.tables import Registration
from nmo_identity.login.rules import digest
from nmo_identity.passwords.tables import LocalCredential
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7


async def open_account(
    session: WriteSession, row: Registration, *, issuer: str, cipher: FieldCipher, now: datetime
) -> tuple[Person, Account]:
    """The person and account of a registration, made at its first use; the person is locked or new.

    The number stays self-typed and is held by nobody because of it (security L11). Writes person, account, credential,
    a journal row and the event `person.registered`.
    """
    if row.account_id is not None:
        account = await session.get_one(Account, row.account_id, with_for_update=True)
        return await person_for_update(session, account.person_id), account
    typed = Typed.loaded(cipher.decrypt(row.data_sealed, aad=data_place(row.id)))
    person = _person(typed, cipher, now)
    account_id = uuid7()
    account = Account(
        id=account_id,
        person_id=person.id,
        provider_key=LOCAL,
        issuer=f"{issuer}/local",
        subject=str(account_id),
        state="unverified",
        level=ProofLevel.SELF_TYPED,
        created_at=now,
        last_login_at=now,
    )
    session.add(person)
    await session.flush()
    session.add(account)
    await session.flush()
    session.add(LocalCredential(account_id=account_id, email_index=row.email_index, created_at=now))
    row.account_id, row.state = account_id, "opened"
    session.add(row)
    await events.publish(session, person, events.registered(person, LOCAL, now))
    await journal.record(
        session,
        actor=str(person.id),
        action="account.registered",
        object_=f"person/{person.id}",
        person_id=person.id,
    )
    return person, account


def _person(typed: Typed, cipher: FieldCipher, now: datetime) -> Person:
    person = Person(
        last_name=typed.last_name,
        first_name=typed.first_name,
        patronymic=typed.patronymic,
        gender=typed.gender,
        citizenship=typed.citizenship,
        region_code=typed.region_code,
        snils_index=cipher.blind_index(typed.snils),
        snils_level=ProofLevel.SELF_TYPED,
        email=typed.email,
        phone=typed.phone,
        created_at=now,
        updated_at=now,
    )
    person.birth_sealed = cipher.encrypt(typed.birth_on.isoformat(), aad=place(person.id, "birth_sealed"))
    person.snils_sealed = cipher.encrypt(typed.snils, aad=place(person.id, "snils_sealed"))
    return person


async def confirm_address(
    session: WriteSession, link: str, *, issuer: str, cipher: FieldCipher, now: datetime
) -> None:
    """Confirm the address of a registration by the link in its letter (REG-05, P05); the link works once.

    Opens the account if nobody signed in to it yet. Writes the credential, a proof, a journal row and the event
    `person.changed`.

    Raises:
        LinkOver: unknown, used or old, or the address was confirmed for another account meanwhile.
    """
    row = await queries.registration_of_link(session, digest(link))
    if row is None or row.link_used_at is not None or row.expires_at <= now:
        raise LinkOver
    taken = await queries.verified_account(session, row.email_index)
    if taken is not None and taken.id != row.account_id:
        raise LinkOver
    person, account = await open_account(session, row, issuer=issuer, cipher=cipher, now=now)
    if account.state != "unverified":
        raise LinkOver
    row.link_used_at = now
    account.state = state_after(account.state, "verify")
    credential = await session.get_one(LocalCredential, account.id)
    credential.verified_at = now
    person.email_verified = person.confirmed = True
    person.updated_at = now
    session.add_all([row, account, credential])
    session.add(
        Proof(
            person_id=person.id,
            account_id=account.id,
            kind="email",
            level=ProofLevel.SELF_TYPED,
            issuer=account.issuer,
            proved_at=now,
        )
    )
    await events.publish(session, person, events.changed(person, ["email_verified", "confirmed"]))
    await journal.record(
        session,
        actor=str(person.id),
        action="contact.confirmed",
        object_=f"account/{account.id}",
        person_id=person.id,
        fields=["email"],
    )
