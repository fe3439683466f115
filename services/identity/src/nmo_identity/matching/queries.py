"""Every SELECT on matches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from nmo_identity.matching.rules import confirmation_holds, weak_fields
from nmo_identity.matching.tables import MatchConfirmation, MatchResult, MatchTask, MatchWatch
from nmo_kit.db import ReadSession, WriteSession


async def last_result(session: ReadSession, person_id: UUID) -> MatchResult | None:
    """The newest comparison, which is the one that counts."""
    found = await session.execute(
        select(MatchResult)
        .where(col(MatchResult.person_id) == person_id, col(MatchResult.shown))
        .order_by(col(MatchResult.matched_at).desc(), col(MatchResult.id).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def is_confirmed_by_person(session: ReadSession, result: MatchResult) -> bool:
    """True when the person's word covers this weak result."""
    found = await session.execute(
        select(MatchConfirmation)
        .where(col(MatchConfirmation.person_id) == result.person_id)
        .order_by(col(MatchConfirmation.confirmed_at).desc())
        .limit(1)
    )
    word = found.scalar_one_or_none()
    return word is not None and confirmation_holds(
        confirmed_specialist=word.specialist_id,
        confirmed_fields=word.differing,
        specialist=result.specialist_id,
        fields=weak_fields(result.fields),
    )


async def task_of(session: ReadSession, person_id: UUID) -> MatchTask | None:
    """The match owed to a person, if any."""
    return await session.get(MatchTask, person_id)


async def claim_due_tasks(session: WriteSession, now: datetime, limit: int) -> Sequence[MatchTask]:
    """Owed matches whose time has come, locked; rows another worker holds are skipped."""
    found = await session.execute(
        select(MatchTask)
        .where(col(MatchTask.next_attempt_at) <= now)
        .order_by(col(MatchTask.next_attempt_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


async def watch_of(session: ReadSession, person_id: UUID) -> MatchWatch | None:
    """The watch over a person whom the register did not let in, if there is one."""
    return await session.get(MatchWatch, person_id)


async def watched_by_record(session: ReadSession, specialist_id: UUID) -> Sequence[UUID]:
    """People who wait for a correction of this record of the register."""
    found = await session.execute(
        select(col(MatchWatch.person_id)).where(col(MatchWatch.specialist_id) == specialist_id)
    )
    return found.scalars().all()


async def last_found_in_record(session: ReadSession, specialist_id: UUID) -> Sequence[UUID]:
    """People whose newest comparison was with this record of the register, let in by it or not."""
    later = aliased(MatchResult)
    newer = (
        select(col(later.id))
        .where(
            col(later.person_id) == col(MatchResult.person_id),
            col(later.shown),
            tuple_(col(later.matched_at), col(later.id))
            > tuple_(col(MatchResult.matched_at), col(MatchResult.id)),
        )
        .exists()
    )
    found = await session.execute(
        select(col(MatchResult.person_id)).where(
            col(MatchResult.specialist_id) == specialist_id, col(MatchResult.shown), ~newer
        )
    )
    return found.scalars().all()


async def claim_absent(session: WriteSession, now: datetime, limit: int) -> Sequence[MatchWatch]:
    """People without a record whose turn to be looked for has come, locked; those of another worker are skipped."""
    found = await session.execute(
        select(MatchWatch)
        .where(col(MatchWatch.outcome) == "not_found", col(MatchWatch.next_look_at) <= now)
        .order_by(col(MatchWatch.next_look_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()
