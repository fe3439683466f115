"""A letter is over: erase its content, keep that it was sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.letters.queries import letter_for_update
from nmo_identity.letters.rules import Outcome
from nmo_kit import journal
from nmo_kit.db import WriteSession


async def settle_letter(
    session: WriteSession, letter_id: UUID, outcome: Outcome, *, by: str, now: datetime
) -> None:
    """Erase address and parameters; a journal row tells the person what was sent. Told twice it changes nothing.

    Raises:
        NotFound: no such letter.
    """
    row = await letter_for_update(session, letter_id)
    if row.state in {"sent", "failed"}:
        return
    row.state, row.finished_at = outcome, now
    row.to_sealed = row.params_sealed = None
    session.add(row)
    await journal.record(
        session,
        actor=by,
        action=f"letter.{outcome}",
        object_=f"letter/{row.id}",
        person_id=row.person_id,
        result="ok" if outcome == "sent" else "failed",
        reason=row.kind,
        purpose=row.channel,
    )
