"""What became of one attempt: log, next time or end, and the event when it is over."""

from datetime import datetime, timedelta

from nmo_contracts.notifications import MessageDeliveredV1, MessageFailedV1
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_notifications.delivery.queries import Claimed, job_for_update
from nmo_notifications.delivery.rules import AWAY_S, pause_after
from nmo_notifications.delivery.smtp import Result
from nmo_notifications.delivery.tables import DeliveryAttempt


async def record_attempt(
    session: WriteSession, job: Claimed, result: Result, detail: str, *, now: datetime
) -> str:
    """Log the attempt and move the job: sent, tried again later, or failed for good.

    Returns the job's state. Tells `message.delivered` or `message.failed` when it is over.
    """
    row = await job_for_update(session, job.job_id)
    if row.state != "pending":
        return row.state
    row.lease_until = None
    if result == "wait":
        row.next_attempt_at = now + timedelta(seconds=AWAY_S)
        return row.state
    row.attempts += 1
    session.add(DeliveryAttempt(job_id=row.id, at=now, result=result, detail=detail[:500]))
    told = {"message_id": job.message_id, "person_id": job.person_id, "channel": job.channel}
    if result == "sent":
        row.state, row.finished_at = "sent", now
        await outbox.add(session, MessageDeliveredV1.model_validate(told), version=row.attempts)
        return row.state
    pause_s = pause_after(row.attempts) if result == "retry" else None
    if pause_s is not None:
        row.next_attempt_at = now + timedelta(seconds=pause_s)
        return row.state
    row.state, row.finished_at = "failed", now
    await outbox.add(session, MessageFailedV1.model_validate(told), version=row.attempts)
    return row.state
