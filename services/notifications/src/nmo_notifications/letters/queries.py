"""Claiming letters that are due."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_kit.db import WriteSession
from nmo_notifications.letters.tables import LetterJob

_CLAIM = text(
    """
    with due as (
        select letter_id from letter_job
        where settled_at is null and next_attempt_at <= app_now() and (lease_until is null or lease_until < now())
        order by next_attempt_at
        limit :limit
        for update skip locked
    )
    update letter_job j set lease_until = now() + make_interval(secs => :lease_s)
    from due where j.letter_id = due.letter_id
    returning j.letter_id, j.kind, j.channel, j.template_version, j.state,
        exists (select from letter_attempt a where a.letter_id = j.letter_id and a.result = 'bounced') as bounced
    """
)


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """One letter in the hands of this process until its lease ends."""

    letter_id: UUID
    kind: str
    channel: str
    template_version: int
    state: str
    bounced: bool
    """The mail server refused the address; identity may not have been told yet."""


async def claim_letters(session: WriteSession, *, limit: int, lease_s: float) -> list[ClaimedLetter]:
    """Take due letters, and outcomes that identity was not told yet; no other process holds them."""
    rows = await session.execute(_CLAIM, {"limit": limit, "lease_s": lease_s})
    return [ClaimedLetter(**row) for row in rows.mappings()]


async def letter_job_for_update(session: WriteSession, letter_id: UUID) -> LetterJob:
    """A claimed letter, locked."""
    query = select(LetterJob).where(col(LetterJob.letter_id) == letter_id).with_for_update()
    found: LetterJob = (await session.execute(query)).scalar_one()
    return found
