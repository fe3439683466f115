"""What became of one attempt: log, next time, pause of the endpoint."""

from datetime import datetime, timedelta

from nmo_contracts.notifications import SubscriptionDisabledV1
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_notifications.partners.queries import subscription_for_update
from nmo_notifications.partners.tables import Subscription
from nmo_notifications.webhooks.queries import Outgoing, delivery_for_update
from nmo_notifications.webhooks.rules import Verdict, judge, pause_s, should_pause
from nmo_notifications.webhooks.tables import WebhookAttempt


async def record_attempt(
    session: WriteSession,
    outgoing: Outgoing,
    *,
    status: int | None,
    result: str,
    retry_after: str | None,
    blocked: bool,
    duration_ms: int,
    jitter: float,
    now: datetime,
) -> Verdict:
    """Log an attempt and move its delivery; pause the endpoint where that is due.

    `blocked` is for addresses that may not be called: trying again would not help.
    """
    row = await delivery_for_update(session, outgoing.delivery.id)
    row.attempts += 1
    row.lease_until = None
    session.add(
        WebhookAttempt(delivery_id=row.id, at=now, status=status, result=result, duration_ms=duration_ms)
    )
    verdict = Verdict.PAUSE if blocked else judge(status=status, attempts=row.attempts)
    subscription = await subscription_for_update(session, row.subscription_id)
    if verdict is Verdict.DELIVERED:
        row.state, row.delivered_at = "delivered", now
        subscription.failing_since = None
        return verdict
    subscription.failing_since = subscription.failing_since or now
    if verdict is Verdict.EXHAUSTED:
        row.state = "exhausted"
    else:
        wait_s = pause_s(row.attempts, status=status, retry_after=retry_after, jitter=jitter)
        row.next_attempt_at = now + timedelta(seconds=wait_s)
    if verdict is Verdict.PAUSE or should_pause(subscription.failing_since, now):
        reason = "failing_for_days" if verdict is not Verdict.PAUSE else result if blocked else "gone"
        await _pause(session, subscription, reason)
        return Verdict.PAUSE
    return verdict


async def drop(session: WriteSession, outgoing: Outgoing) -> None:
    """End a delivery whose person took the consent back."""
    row = await delivery_for_update(session, outgoing.delivery.id)
    row.state, row.lease_until = "withdrawn", None


async def _pause(session: WriteSession, subscription: Subscription, reason: str) -> None:
    if subscription.state != "active":
        return
    subscription.state, subscription.paused_reason = "paused", reason
    subscription.version += 1
    event = SubscriptionDisabledV1(subscription_id=subscription.id, partner=subscription.client_id)
    await outbox.add(session, event, version=subscription.version)
    await journal.record(
        session,
        actor="notifications.webhooks",
        action="notifications.subscription.pause",
        object_=f"subscription/{subscription.id}",
        person_id=None,
        result="refused",
        reason=reason,
    )
