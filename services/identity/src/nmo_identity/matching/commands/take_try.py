"""Count a try of the match before the register is asked (P11): three a day for a person, three for a number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from nmo_identity.accounts.queries import person
from nmo_identity.matching.errors import MatchQuotaSpent
from nmo_identity.matching.rules import TRIES_A_DAY
from nmo_kit import journal
from nmo_kit.clock import MOSCOW
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import retry_after

ACTOR = "identity.matching"
_TAKE = text(
    """
    insert into match_quota as q (subject, day, tries) values (:subject, :day, 1)
    on conflict (subject, day) do update set tries = q.tries + 1 where q.tries < :most
    returning 1
    """
)


async def take_try(db: Database, person_id: UUID, *, now: datetime) -> None:
    """Use one of the day's tries, in a transaction of its own that stands whatever the match gives.

    Raises:
        MatchQuotaSpent: none is left for this person, or for the number they go by; the refusal is journalled.
    """
    today = now.astimezone(MOSCOW).date()
    async with db.write() as session:
        row = await person(session, person_id)
        subjects = [f"person/{person_id}"]
        if row.snils_index is not None:
            subjects.append(f"snils/{row.snils_index.hex()}")
        if await _taken(session, subjects, today):
            return
    async with db.write() as session:
        await journal.record(
            session,
            actor=ACTOR,
            action="match.refused",
            object_=f"person/{person_id}",
            person_id=person_id,
            result="refused",
            reason="quota",
        )
    raise MatchQuotaSpent(headers=retry_after((next_day(now) - now).total_seconds()))


def next_day(now: datetime) -> datetime:
    """When the tries begin anew: midnight in Moscow."""
    ahead = now.astimezone(MOSCOW) + timedelta(days=1)
    return ahead.replace(hour=0, minute=0, second=0, microsecond=0)


async def _taken(session: WriteSession, subjects: list[str], day: date) -> bool:
    """Take from each subject's tries, or from none of them."""
    async with session.begin_nested() as step:
        for subject in sorted(subjects):
            values = {"subject": subject, "day": day, "most": TRIES_A_DAY}
            if (await session.execute(_TAKE, values)).scalar_one_or_none() is None:
                await step.rollback()
                return False
    return True
