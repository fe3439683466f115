"""Ask for a new password: the same act for every contact, whoever it belongs to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from nmo_identity.letters.commands.quota import allow_letter
from nmo_identity.limits.commands.take import take_rate
from nmo_identity.limits.rules import keyed
from nmo_identity.login.rules import digest
from nmo_identity.recovery import queries, rules
from nmo_identity.recovery.errors import ContactMistyped
from nmo_identity.recovery.tables import RecoveryFlow
from nmo_kit import context
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.errors import TooManyRequests, retry_after


@dataclass(frozen=True, slots=True)
class Started:
    """The recovery; its handle is told this once."""

    handle: str
    flow: RecoveryFlow


async def start_recovery(db: Database, typed: str, *, cipher: FieldCipher, now: datetime) -> Started:
    """Write the request down; whether there is an account is looked at later, by the worker (T6).

    So neither the answer nor the time it takes tells anything. Counted by the contact and by the network that asks.

    Raises:
        ContactMistyped: neither an address nor a number.
        TooManyRequests, LettersSpent: asked too often.
    """
    try:
        channel, contact = rules.contact_of(typed)
    except ValueError as error:
        raise ContactMistyped(str(error)) from None
    await _count(db, contact, cipher, now)
    handle = secrets.token_urlsafe(32)
    flow = RecoveryFlow(
        number=rules.new_number(),
        handle_hash=digest(handle),
        channel=channel,
        created_at=now,
        expires_at=now + rules.LIFETIME,
    )
    flow.contact_sealed = cipher.encrypt(contact, aad=queries.contact_place(flow))
    async with db.write() as session:
        session.add(flow)
    return Started(handle, flow)


async def send_recovery_again(
    db: Database, handle: str, *, cipher: FieldCipher, now: datetime
) -> RecoveryFlow:
    """Owe another letter for the same recovery; its tries stay as they are.

    Raises:
        RecoveryOver: it does not go on.
        TooManyRequests, LettersSpent: asked too often.
    """
    async with db.read() as session:
        flow = await queries.open_flow(session, handle, now)
    contact = cipher.decrypt(flow.contact_sealed or b"", aad=queries.contact_place(flow))
    await _count(db, contact, cipher, now)
    async with db.write() as session:
        flow = await queries.flow_for_update(session, handle, now)
        if flow.proved_at is None:
            flow.prepared_at = None
        session.add(flow)
    return flow


async def _count(db: Database, contact: str, cipher: FieldCipher, now: datetime) -> None:
    owner = f"recovery|{context.ip_prefix.get() or 'unknown'}"
    await allow_letter(db, owner=owner, to=contact, cipher=cipher, now=now, per_owner=None)
    key = f"recovery|{keyed(cipher.blind_index(f'recovery_of|{contact.lower()}'))}"
    async with db.write() as session:
        wait = await take_rate(session, key, rules.ASKED_FOR, now=now)
    if wait is not None:
        raise TooManyRequests(
            "Код на этот контакт запрашивали много раз. Повторите через 10 минут.",
            headers=retry_after(wait.total_seconds()),
        )
