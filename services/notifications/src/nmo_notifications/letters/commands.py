"""Taking a letter on, and what became of an attempt."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from nmo_kit.db import WriteSession
from nmo_notifications.delivery.rules import AWAY_S, pause_after
from nmo_notifications.delivery.smtp import Result
from nmo_notifications.letters.queries import letter_job_for_update
from nmo_notifications.letters.tables import LetterAttempt, LetterJob
from nmo_notifications.templates import letters as catalogue

LetterResult = Result | Literal["over"]


async def take_on(session: WriteSession, letter_id: UUID, *, kind: str, channel: str, now: datetime) -> None:
    """Owe a letter; once per letter, however often it is told.

    Raises:
        KeyError: there is no template of that kind.
    """
    await session.execute(
        insert(LetterJob)
        .values(
            letter_id=letter_id,
            kind=kind,
            channel=channel,
            template_version=catalogue.newest_version(kind),
            state="pending",
            attempts=0,
            next_attempt_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["letter_id"])
    )


async def record_letter_attempt(
    session: WriteSession, letter_id: UUID, result: LetterResult, detail: str, *, now: datetime
) -> str:
    """Log the attempt and move the job: sent, over, tried again later, or failed for good. Returns the job's state."""
    row = await letter_job_for_update(session, letter_id)
    if row.state != "pending":
        return row.state
    if result == "wait":
        row.lease_until, row.next_attempt_at = None, now + timedelta(seconds=AWAY_S)
        return row.state
    row.attempts += 1
    session.add(LetterAttempt(letter_id=letter_id, at=now, result=result, detail=detail[:500]))
    pause_s = pause_after(row.attempts) if result == "retry" else None
    if pause_s is not None:
        row.lease_until, row.next_attempt_at = None, now + timedelta(seconds=pause_s)
        return row.state
    row.state = result if result in {"sent", "over"} else "failed"
    row.finished_at = now
    row.settled_at = now if row.state == "over" else None
    return row.state


async def record_settled(session: WriteSession, letter_id: UUID, *, now: datetime) -> None:
    """Identity knows the outcome."""
    row = await letter_job_for_update(session, letter_id)
    row.settled_at, row.lease_until = now, None
