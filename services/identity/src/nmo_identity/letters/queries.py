"""Every SELECT on letters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from nmo_identity.letters.rules import BOUNCE_COUNTS
from nmo_identity.letters.tables import BouncedAddress, Letter
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound

# By name and not by its model: accounts write letters themselves, and slices use each other in one direction.
_NAME = text("select concat_ws(' ', first_name, patronymic) from person where id = :person_id")


async def addressed_as(session: ReadSession, person_id: UUID | None) -> str | None:
    """First name and patronymic of a person; None when nobody is meant."""
    if person_id is None:
        return None
    found: str | None = (await session.execute(_NAME, {"person_id": person_id})).scalar_one_or_none()
    return found or None


def address_index(cipher: FieldCipher, address: str) -> bytes:
    """What an address is found by among those that take no letters."""
    return cipher.blind_index(f"bounced_address|{address.strip().lower()}")


async def has_bounced(
    session: ReadSession, address: str | None, cipher: FieldCipher, *, now: datetime
) -> bool:
    """Whether a mail server refused the address lately."""
    if not address:
        return False
    row = await session.get(BouncedAddress, address_index(cipher, address))
    return row is not None and row.bounced_at > now - BOUNCE_COUNTS


async def letter(session: ReadSession, letter_id: UUID) -> Letter:
    """A letter.

    Raises:
        NotFound: there is none.
    """
    found = await session.get(Letter, letter_id)
    if found is None:
        raise NotFound
    return found


async def letter_for_update(session: WriteSession, letter_id: UUID) -> Letter:
    """A letter, locked.

    Raises:
        NotFound: there is none.
    """
    found = await session.execute(select(Letter).where(col(Letter.id) == letter_id).with_for_update())
    row: Letter | None = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
