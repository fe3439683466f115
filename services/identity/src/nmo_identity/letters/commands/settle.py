"""A letter is over: erase its content, keep that it was sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.letters.commands.mark_address import mark_bounced, mark_reached
from nmo_identity.letters.queries import letter_for_update
from nmo_identity.letters.rules import Outcome, place
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def settle_letter(
    session: WriteSession, letter_id: UUID, outcome: Outcome, *, by: str, cipher: FieldCipher, now: datetime
) -> None:
    """Erase address and parameters; a journal row tells the person what was sent. Told twice it changes nothing.

    An e-mail address that was refused is marked, one that took a letter is marked no more (NOT-03).

    Raises:
        NotFound: no such letter.
    """
    row = await letter_for_update(session, letter_id)
    if row.state in {"sent", "failed"}:
        return
    if row.channel == "email" and row.to_sealed is not None and row.person_id is not None:
        address = cipher.decrypt(row.to_sealed, aad=place("to_sealed", row.id))
        if outcome == "bounced":
            await mark_bounced(session, address, row.person_id, by=by, cipher=cipher, now=now)
        elif outcome == "sent":
            await mark_reached(session, address, cipher=cipher)
    row.state, row.finished_at = "sent" if outcome == "sent" else "failed", now
    row.to_sealed = row.params_sealed = None
    session.add(row)
    await journal.record(
        session,
        actor=by,
        action=f"letter.{row.state}",
        object_=f"letter/{row.id}",
        person_id=row.person_id,
        result="ok" if outcome == "sent" else "failed",
        reason=row.kind,
        purpose=row.channel,
    )
