"""Every SELECT on contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.contacts.errors import ChangeMissing
from nmo_identity.contacts.rules import PENDING_LIFETIME
from nmo_identity.contacts.tables import ContactChange, PostalAddress
from nmo_identity.letters.queries import has_bounced
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal


def place(change: ContactChange, column: str) -> str:
    """What a sealed value of a change is bound to."""
    return f"contact_change|{column}|{change.id}"


def value_of(change: ContactChange, cipher: FieldCipher) -> str:
    """The new contact of a change."""
    if change.value_sealed is None:
        raise ChangeMissing
    return cipher.decrypt(change.value_sealed, aad=place(change, "value_sealed"))


def previous_of(change: ContactChange, cipher: FieldCipher) -> str | None:
    """The contact before a change."""
    if change.previous_sealed is None:
        return None
    return cipher.decrypt(change.previous_sealed, aad=place(change, "previous_sealed"))


def postal_place(person_id: UUID) -> str:
    """What a sealed postal address is bound to."""
    return f"postal_address|address_sealed|{person_id}"


async def postal_of(session: ReadSession, person_id: UUID, cipher: FieldCipher) -> str | None:
    """The postal address of a person."""
    row = await session.get(PostalAddress, person_id)
    return cipher.decrypt(row.address_sealed, aad=postal_place(person_id)) if row else None


async def pending_of(session: ReadSession, person_id: UUID, now: datetime) -> Sequence[ContactChange]:
    """Changes that wait for their code."""
    found = await session.execute(
        select(ContactChange)
        .where(
            col(ContactChange.person_id) == person_id,
            col(ContactChange.state) == "pending",
            col(ContactChange.created_at) > now - PENDING_LIFETIME,
        )
        .order_by(col(ContactChange.created_at))
    )
    return found.scalars().all()


async def pending_change(
    session: WriteSession, change_id: UUID, person_id: UUID, now: datetime
) -> ContactChange:
    """One's own change that waits for its code, locked.

    Raises:
        ChangeMissing: there is none; another person's is not there either.
    """
    found = await session.execute(
        select(ContactChange)
        .where(
            col(ContactChange.id) == change_id,
            col(ContactChange.person_id) == person_id,
            col(ContactChange.state) == "pending",
            col(ContactChange.created_at) > now - PENDING_LIFETIME,
        )
        .with_for_update()
    )
    row: ContactChange | None = found.scalar_one_or_none()
    if row is None:
        raise ChangeMissing
    return row


async def change_to_undo(session: WriteSession, undo_hash: bytes, now: datetime) -> ContactChange | None:
    """The change that a link of the last seven days takes back, locked."""
    found = await session.execute(
        select(ContactChange)
        .where(
            col(ContactChange.undo_hash) == undo_hash,
            col(ContactChange.state) == "confirmed",
            col(ContactChange.undo_until) > now,
        )
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def contacts_of(
    session: ReadSession, viewer: Principal, cipher: FieldCipher, now: datetime
) -> dict[str, Any]:
    """The viewer's contacts and what waits for a code."""
    person = await read_person(session, viewer.person_id)
    return {
        "email": {
            "value": person.email,
            "confirmed": person.email_verified,
            "bounced": await has_bounced(session, person.email, cipher, now=now),
        },
        "phone": {"value": person.phone, "confirmed": person.phone_verified},
        "postal": {"value": await postal_of(session, person.id, cipher), "confirmed": True},
        "pending": [
            {
                "change_id": row.id,
                "kind": row.kind,
                "value": value_of(row, cipher),
                "until": row.created_at + PENDING_LIFETIME,
            }
            for row in await pending_of(session, person.id, now)
        ],
    }
