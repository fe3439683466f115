"""Keep in mind which addresses take no letters (NOT-03)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from nmo_identity.letters.queries import address_index
from nmo_identity.letters.tables import BouncedAddress
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession

_MARK = text(
    """
    insert into bounced_address as b (address_index, person_id, bounced_at) values (:index, :person_id, :now)
    on conflict (address_index) do update set bounced_at = :now, person_id = :person_id
    returning xmax = 0
    """
)


async def mark_bounced(
    session: WriteSession, address: str, person_id: UUID, *, by: str, cipher: FieldCipher, now: datetime
) -> None:
    """Note that a mail server refused the address for good; the first time leaves a journal row of the person's.

    The address itself is not kept: only a keyed digest, which another address does not match.
    """
    values = {"index": address_index(cipher, address), "person_id": person_id, "now": now}
    if (await session.execute(_MARK, values)).scalar_one():
        await journal.record(
            session,
            actor=by,
            action="contact.bounced",
            object_=f"person/{person_id}",
            person_id=person_id,
            result="failed",
            purpose="email",
        )


async def mark_reached(session: WriteSession, address: str, *, cipher: FieldCipher) -> None:
    """A letter arrived: whatever was noted of the address is over."""
    await session.execute(
        delete(BouncedAddress).where(col(BouncedAddress.address_index) == address_index(cipher, address))
    )
