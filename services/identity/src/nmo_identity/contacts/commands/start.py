"""Begin the change of a contact: send a code to where it shall lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.tables import Person
from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.rules import LIFETIME
from nmo_identity.contacts import queries, rules
from nmo_identity.contacts.errors import ContactInvalid, NoConfirmedContact
from nmo_identity.contacts.rules import MUST_CONFIRM_CONTACT, Kind
from nmo_identity.contacts.tables import ContactChange
from nmo_identity.letters.commands.quota import allow_letter
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.letters.rules import Channel
from nmo_identity.login.queries import session_by_id
from nmo_identity.passwords.queries import confirmed_elsewhere
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, ReadSession, WriteSession
from nmo_kit.errors import EntryRestricted
from nmo_kit.principal import Principal


@dataclass(frozen=True, slots=True)
class Begun:
    """A change that waits, and where its code went."""

    change_id: UUID
    sent_to: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where the code of a change goes."""

    channel: Channel
    to: str
    shown: str


def purpose_of(kind: str) -> str:
    """Purpose that codes of this change are bound to."""
    return f"contact_{kind}"


async def require_no_other_step(db: Database, by: Principal) -> None:
    """Let sessions through that owe nothing, or a confirmed contact: a temporary password must not reach contacts.

    Raises:
        EntryRestricted: the session owes another step first.
    """
    async with db.read() as session:
        row = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if row is not None and set(row.restrictions) - {MUST_CONFIRM_CONTACT}:
        raise EntryRestricted(entry="restricted")


async def start_change(
    db: Database, kind: Kind, typed: str, *, by: Principal, cipher: FieldCipher, now: datetime
) -> Begun:
    """Owe a code to the new e-mail or number; a postal address is confirmed by a code to a contact one has (REG-11).

    The change waits half an hour; another one of the same kind takes its place. An address that another account signs in
    with gets no code but a word of the attempt, and the answer here is the same: nobody learns who has an account (T6).

    Raises:
        ContactInvalid: no such contact, or the one in force.
        NoConfirmedContact: a postal address, and no contact to send a code to.
        TooManyRequests, LettersSpent: too many codes were asked for (P06).
    """
    try:
        value = rules.READERS[kind](typed)
    except ValueError as error:
        raise ContactInvalid(str(error)) from None
    async with db.read() as session:
        person = await read_person(session, by.person_id)
        if value == await _in_force(session, person, kind, cipher):
            raise ContactInvalid("Этот контакт уже указан и подтверждён")
        taken = kind == "email" and await confirmed_elsewhere(session, value, person.id, cipher)
    target = _target(person, kind, value)
    await allow_letter(db, owner=str(person.id), to=target.to, cipher=cipher, now=now)
    async with db.write() as session:
        change = await _put(session, person, kind, value, reserved=not taken, cipher=cipher, now=now)
        await send_code(session, change, target, person_id=person.id, cipher=cipher, now=now)
        await journal.record(
            session,
            actor=by,
            action="contact.change_begun",
            object_=f"contact_change/{change.id}",
            person_id=person.id,
            fields=[kind],
            reason="taken" if taken else None,
        )
    return Begun(change.id, target.shown)


async def send_again(
    db: Database, change_id: UUID, *, by: Principal, cipher: FieldCipher, now: datetime
) -> Begun:
    """Another code for the same change; the tries stay as they are.

    Raises:
        ChangeMissing: it does not wait any more.
        CodeSpent: its tries are gone; the change is to be begun anew.
        TooManyRequests, LettersSpent: too many codes were asked for.
    """
    async with db.read() as session:
        person = await read_person(session, by.person_id)
        known = [row for row in await queries.pending_of(session, person.id, now) if row.id == change_id]
    target = _target(person, known[0].kind, queries.value_of(known[0], cipher)) if known else None
    if target is not None:
        await allow_letter(db, owner=str(person.id), to=target.to, cipher=cipher, now=now)
    async with db.write() as session:
        change = await queries.pending_change(session, change_id, person.id, now)
        target = target or _target(person, change.kind, queries.value_of(change, cipher))
        await send_code(session, change, target, person_id=person.id, cipher=cipher, now=now)
    return Begun(change.id, target.shown)


async def send_code(
    session: WriteSession,
    change: ContactChange,
    target: Target,
    *,
    person_id: UUID,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Issue the change's code and owe the letter with it."""
    code = await issue_code(
        session, purpose=purpose_of(change.kind), flow=str(change.id), account_id=None, cipher=cipher, now=now
    )
    if not change.reserved:
        kind, params = "contact_taken", {}
    else:
        kind, params = ("postal_code" if change.kind == "postal" else "contact_code"), {"code": code}
    await send_letter(
        session,
        kind=kind,
        channel=target.channel,
        to=target.to,
        params=params,
        person_id=person_id if change.reserved else None,
        cipher=cipher,
        now=now,
        lifetime=LIFETIME,
    )


async def _in_force(session: ReadSession, person: Person, kind: str, cipher: FieldCipher) -> str | None:
    if kind == "email":
        return person.email if person.email_verified else None
    if kind == "phone":
        return person.phone if person.phone_verified else None
    return await queries.postal_of(session, person.id, cipher)


def _target(person: Person, kind: str, value: str) -> Target:
    if kind == "email":
        return Target("email", value, value)
    if kind == "phone":
        return Target("sms", value, value)
    if person.email and person.email_verified:
        return Target("email", person.email, person.email)
    if person.phone and person.phone_verified:
        return Target("sms", person.phone, person.phone)
    raise NoConfirmedContact


async def _put(
    session: WriteSession,
    person: Person,
    kind: str,
    value: str,
    *,
    reserved: bool,
    cipher: FieldCipher,
    now: datetime,
) -> ContactChange:
    await cancel_waiting(session, person.id, now=now, kinds=(kind,))
    change = ContactChange(person_id=person.id, kind=kind, created_at=now, reserved=reserved)
    change.value_sealed = cipher.encrypt(value, aad=queries.place(change, "value_sealed"))
    session.add(change)
    await session.flush()
    return change


async def cancel_waiting(
    session: WriteSession,
    person_id: UUID,
    *,
    now: datetime,
    kinds: tuple[str, ...] = ("email", "phone", "postal"),
) -> int:
    """Cancel changes that wait for a code; how many. Recovery and taking back do it for all kinds (P08)."""
    ended = await session.execute(
        update(ContactChange)
        .where(
            col(ContactChange.person_id) == person_id,
            col(ContactChange.kind).in_(kinds),
            col(ContactChange.state) == "pending",
        )
        .values(state="cancelled", ended_at=now, value_sealed=None)
        .returning(col(ContactChange.id))
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())
