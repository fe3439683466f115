"""Take a change of a contact back, by the link that the old contact got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nmo_identity.accounts import events
from nmo_identity.accounts.queries import accounts_of, person_for_update
from nmo_identity.contacts import queries
from nmo_identity.contacts.commands.confirm import put_in_force
from nmo_identity.contacts.commands.start import cancel_waiting
from nmo_identity.contacts.errors import UndoOver
from nmo_identity.contacts.rules import masked_email
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.lockout.commands.forget_devices import forget_devices
from nmo_identity.login.rules import digest
from nmo_identity.second_factor.rules import masked_phone
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class Undone:
    """Which contact is in force again."""

    kind: str
    value_masked: str


async def undo_change(session: WriteSession, token: str, *, cipher: FieldCipher, now: datetime) -> Undone:
    """Put the old contact back in force, end every session, cancel what else waits (L12).

    Whoever holds the old contact did not make the change, so whoever did is shut out; a new password is theirs to set
    by recovery, which leads to the old contact again. Used once; only a POST comes here, so a scanner that opens links
    changes nothing (T4).

    Raises:
        UndoOver: unknown, used, or older than seven days.
        ContactTaken: the address became another account's login meanwhile.
    """
    change = await queries.change_to_undo(session, digest(token), now)
    previous = queries.previous_of(change, cipher) if change else None
    if change is None or previous is None:
        raise UndoOver
    person = await person_for_update(session, change.person_id)
    await put_in_force(session, person, change.kind, previous, cipher=cipher, now=now)
    change.state, change.ended_at = "undone", now
    change.previous_sealed = change.undo_hash = None
    session.add(change)
    await cancel_waiting(session, person.id, now=now)
    for way in await accounts_of(session, person.id):
        await forget_devices(session, way.id)
    await end_sessions(session, person.id, reason="contact_undone", now=now, by="identity.contacts")
    await send_letter(
        session,
        kind="contact_undone",
        channel="email" if change.kind == "email" else "sms",
        to=previous,
        params={},
        person_id=person.id,
        cipher=cipher,
        now=now,
    )
    await events.publish(session, person, events.changed(person, [change.kind]))
    await journal.record(
        session,
        actor="identity.contacts",
        action="contact.undone",
        object_=f"contact_change/{change.id}",
        person_id=person.id,
        fields=[change.kind],
    )
    return Undone(change.kind, masked_email(previous) if change.kind == "email" else masked_phone(previous))
