"""Letters about ways in: each change is told to its owner, at the confirmed address (security L10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.commands.tell_owner import tell_owner
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.tables import Person
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def tell_added(
    session: WriteSession, person: Person, title: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """A way in was added."""
    await tell_owner(session, person, "link_added", {"provider": title}, cipher=cipher, now=now)


async def tell_removed(
    session: WriteSession, person: Person, title: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """A way in was taken away."""
    await tell_owner(session, person, "link_removed", {"provider": title}, cipher=cipher, now=now)


async def tell_refused(
    session: WriteSession, person_id: UUID, title: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Somebody tried to tie an identity that belongs to another person; nothing was tied. Also a journal row."""
    person = await read_person(session, person_id)
    await tell_owner(session, person, "link_refused", {"provider": title}, cipher=cipher, now=now)
    await journal.record(
        session,
        actor="identity.linking",
        action="link.conflict",
        object_=f"person/{person_id}",
        person_id=person_id,
        result="refused",
        reason="link_taken",
    )
