"""The delivery log as partners read it, for all three ways."""

from uuid import UUID

from nmo_kit.db import ReadSession
from nmo_notifications.partners.feed import feed_cursor
from nmo_notifications.partners.schemas import AttemptView, Deliveries, DeliveryView
from nmo_notifications.partners.tables import PartnerEvent, Subscription, WebhookDelivery
from nmo_notifications.webhooks.queries import last_attempts, logged_deliveries, logged_events
from nmo_notifications.webhooks.tables import WebhookAttempt


async def deliveries_page(
    session: ReadSession, subscription: Subscription, *, before: int | None, limit: int
) -> Deliveries:
    """One page, newest first."""
    read = logged_deliveries if subscription.way == "webhook" else logged_events
    found = await read(session, subscription, before=before, limit=limit + 1)
    page = found[:limit]
    attempts = await last_attempts(session, [delivery.id for _, delivery in page if delivery is not None])
    return Deliveries(
        items=[_view(subscription, event, delivery, attempts) for event, delivery in page],
        next_cursor=feed_cursor(page[-1][0].seq) if len(found) > limit else None,
    )


def _view(
    subscription: Subscription,
    event: PartnerEvent,
    delivery: WebhookDelivery | None,
    attempts: dict[UUID, WebhookAttempt],
) -> DeliveryView:
    last = attempts.get(delivery.id) if delivery else None
    return DeliveryView(
        event_id=event.event_id,
        type=event.type,
        subject=event.subject,
        logged_at=event.at,
        state=delivery.state if delivery else _state(subscription, event),
        attempts=delivery.attempts if delivery else 0,
        next_attempt_at=delivery.next_attempt_at if delivery and delivery.state == "pending" else None,
        delivered_at=delivery.delivered_at if delivery else None,
        last_attempt=AttemptView.model_validate(last, from_attributes=True) if last else None,
    )


def _state(subscription: Subscription, event: PartnerEvent) -> str:
    if subscription.way == "pull":
        return "available" if event.body is not None else "withdrawn"
    if event.seq <= subscription.cursor_seq:
        return "delivered"
    return "pending" if event.body is not None else "withdrawn"
