"""Claiming due jobs and reading what they deliver."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_kit.db import ReadSession, WriteSession
from nmo_notifications.delivery.tables import DeliveryAttempt, DeliveryJob

_CLAIM = text(
    """
    with due as (
        select id from delivery_job
        where state = 'pending' and next_attempt_at <= app_now() and (lease_until is null or lease_until < now())
        order by next_attempt_at
        limit :limit
        for update skip locked
    ), claimed as (
        update delivery_job j set lease_until = now() + make_interval(secs => :lease_s)
        from due where j.id = due.id
        returning j.id, j.message_id, j.channel, j.attempts
    )
    select c.id, c.message_id, c.channel, c.attempts, m.person_id, m.kind, m.template_version, m.params, m.created_at
    from claimed c join message m on m.id = c.message_id
    order by c.id
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One job in the hands of this process until its lease ends."""

    job_id: UUID
    message_id: UUID
    channel: str
    attempts: int
    person_id: UUID
    kind: str
    template_version: int
    params: dict[str, Any]


async def claim_due(session: WriteSession, *, limit: int, lease_s: float) -> list[Claimed]:
    """Take due jobs that no other process holds; a process that dies lets them go when the lease ends."""
    rows = await session.execute(_CLAIM, {"limit": limit, "lease_s": lease_s})
    return [
        Claimed(
            job_id=row.id,
            message_id=row.message_id,
            channel=row.channel,
            attempts=row.attempts,
            person_id=row.person_id,
            kind=row.kind,
            template_version=row.template_version,
            params=row.params,
        )
        for row in rows
    ]


async def job_for_update(session: WriteSession, job_id: UUID) -> DeliveryJob:
    """A claimed job, locked."""
    query = select(DeliveryJob).where(col(DeliveryJob.id) == job_id).with_for_update()
    found: DeliveryJob = (await session.execute(query)).scalar_one()
    return found


async def attempts_of(session: ReadSession, job_id: UUID) -> list[DeliveryAttempt]:
    """The log of one job, oldest first."""
    query = (
        select(DeliveryAttempt).where(col(DeliveryAttempt.job_id) == job_id).order_by(col(DeliveryAttempt.id))
    )
    return list((await session.execute(query)).scalars())
