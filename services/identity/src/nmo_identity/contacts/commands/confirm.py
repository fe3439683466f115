"""Finish the change of a contact by its code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts import events
from nmo_identity.accounts.queries import accounts_of, person_for_update
from nmo_identity.accounts.rules import LOCAL, ProofLevel, state_after
from nmo_identity.accounts.tables import Person, Proof
from nmo_identity.codes.commands.check import check_code
from nmo_identity.contacts import queries
from nmo_identity.contacts.commands.start import purpose_of
from nmo_identity.contacts.errors import ChangeMissing, ContactTaken
from nmo_identity.contacts.rules import MUST_CONFIRM_CONTACT, UNDO_LIFETIME, masked_email
from nmo_identity.contacts.tables import ContactChange, PostalAddress
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.login.queries import session_by_id
from nmo_identity.login.rules import digest
from nmo_identity.passwords.commands.set_login import set_login
from nmo_identity.second_factor.rules import masked_phone
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.principal import Principal


async def confirm_change(
    db: Database, change_id: UUID, code: str, *, by: Principal, cipher: FieldCipher, now: datetime
) -> None:
    """Put the new contact in force; the old one is told, with a link that takes it back within 7 days (L12, REG-11).

    The new e-mail is the login of a local account from then on. A session that owed a confirmed contact owes it no more.
    Writes person, proof, journal row, event `person.changed`, letters.

    Raises:
        ChangeMissing: the change does not wait any more.
        CodeWrong, CodeExpired, CodeSpent: the code does not do.
        ContactTaken: another account confirmed the address meanwhile.
    """
    async with db.read() as session:
        waiting = {row.id: row for row in await queries.pending_of(session, by.person_id, now)}
    if change_id not in waiting:
        raise ChangeMissing
    kind = waiting[change_id].kind
    await check_code(db, purpose=purpose_of(kind), flow=str(change_id), code=code, cipher=cipher, now=now)
    async with db.write() as session:
        person = await person_for_update(session, by.person_id)
        change = await queries.pending_change(session, change_id, person.id, now)
        if not change.reserved:
            raise ContactTaken
        value = queries.value_of(change, cipher)
        previous = await put_in_force(session, person, kind, value, cipher=cipher, now=now)
        await _tell_old(session, change, person, previous, cipher=cipher, now=now)
        change.state, change.confirmed_at, change.value_sealed = "confirmed", now, None
        session.add(change)
        await _record(session, person, change, by, now)


async def put_in_force(
    session: WriteSession, person: Person, kind: str, value: str, *, cipher: FieldCipher, now: datetime
) -> str | None:
    """Write a proven contact; the confirmed one before it, if it was another. The person's row is locked.

    Raises:
        ContactTaken: another local account signs in with this address.
    """
    if kind == "postal":
        row = await session.get(PostalAddress, person.id)
        sealed = cipher.encrypt(value, aad=queries.postal_place(person.id))
        if row is None:
            row = PostalAddress(person_id=person.id, address_sealed=sealed, updated_at=now)
        row.address_sealed, row.updated_at = sealed, now
        session.add(row)
        return None
    before = getattr(person, kind) if getattr(person, f"{kind}_verified") else None
    setattr(person, kind, value)
    setattr(person, f"{kind}_verified", True)
    setattr(person, f"{kind}_own", True)
    person.updated_at = now
    session.add(person)
    if kind == "email":
        await _verify(session, person)
    if kind == "email" and not await set_login(session, person.id, value, cipher=cipher, now=now):
        raise ContactTaken
    return before if before != value else None


async def _verify(session: WriteSession, person: Person) -> None:
    """A proven address completes a registration whose own link went to a mistyped one (P06, REG-05)."""
    for way in await accounts_of(session, person.id):
        if way.provider_key == LOCAL and way.state == "unverified":
            way.state = state_after(way.state, "verify")
            person.confirmed = True
            session.add_all([way, person])


async def _tell_old(
    session: WriteSession,
    change: ContactChange,
    person: Person,
    previous: str | None,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Write to the contact that was in force, and to the other one the person has, that it was changed."""
    if change.kind == "postal":
        if person.email and person.email_verified:
            await _letter(
                session, person, "postal_changed", "email", person.email, {}, cipher=cipher, now=now
            )
        return
    if previous is None:
        return
    token = secrets.token_urlsafe(32)
    change.undo_hash, change.undo_until = digest(token), now + UNDO_LIFETIME
    change.previous_sealed = cipher.encrypt(previous, aad=queries.place(change, "previous_sealed"))
    new = getattr(person, change.kind)
    shown = masked_email(new) if change.kind == "email" else masked_phone(new)
    params = {"token": token, "new": shown}
    if change.kind == "email":
        await _letter(session, person, "email_changed", "email", previous, params, cipher=cipher, now=now)
        return
    await _letter(session, person, "phone_changed", "sms", previous, params, cipher=cipher, now=now)
    if person.email and person.email_verified:
        await _letter(session, person, "phone_changed", "email", person.email, params, cipher=cipher, now=now)


async def _letter(
    session: WriteSession,
    person: Person,
    kind: str,
    channel: str,
    to: str,
    params: Mapping[str, str],
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    await send_letter(
        session,
        kind=kind,
        channel="sms" if channel == "sms" else "email",
        to=to,
        params=params,
        person_id=person.id,
        cipher=cipher,
        now=now,
    )


async def _record(
    session: WriteSession, person: Person, change: ContactChange, by: Principal, now: datetime
) -> None:
    owed = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if owed is not None and MUST_CONFIRM_CONTACT in owed.restrictions:
        owed.restrictions = [step for step in owed.restrictions if step != MUST_CONFIRM_CONTACT]
        session.add(owed)
    if change.kind != "postal" and owed is not None:
        session.add(
            Proof(
                person_id=person.id,
                account_id=owed.account_id,
                kind=change.kind,
                level=ProofLevel.SELF_TYPED,
                issuer="portal",
                proved_at=now,
            )
        )
    await events.publish(session, person, events.changed(person, [change.kind]))
    await journal.record(
        session,
        actor=by,
        action="contact.changed",
        object_=f"contact_change/{change.id}",
        person_id=person.id,
        fields=[change.kind],
    )
