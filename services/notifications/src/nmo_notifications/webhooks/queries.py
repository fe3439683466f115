"""Claiming due deliveries and reading their log."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_kit.db import ReadSession, WriteSession
from nmo_notifications.partners.queries import taken_by
from nmo_notifications.partners.tables import PartnerEvent, Subscription, WebhookDelivery
from nmo_notifications.webhooks.tables import WebhookAttempt

_CLAIM = text(
    """
    with due as (
        select d.id from webhook_delivery d join subscription s on s.id = d.subscription_id
        where d.state = 'pending' and d.next_attempt_at <= app_now() and s.state = 'active'
          and (d.lease_until is null or d.lease_until < now())
          and not d.client_id = any(:busy) and not d.subscription_id = any(:resting)
          and not exists (
            select 1 from webhook_delivery e
            where e.subscription_id = d.subscription_id and e.subject = d.subject and e.seq < d.seq
              and e.state = 'pending' and e.attempts < :waits_for_earlier)
        order by d.next_attempt_at, d.seq
        limit :limit
        for update of d skip locked
    )
    update webhook_delivery d set lease_until = now() + make_interval(secs => :lease_s)
    from due where d.id = due.id
    returning d.id
    """
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery in the hands of this process, with its event and its endpoint."""

    delivery: WebhookDelivery
    event: PartnerEvent
    subscription: Subscription


async def claim_due(
    session: WriteSession,
    *,
    busy: Sequence[str],
    resting: Sequence[UUID],
    limit: int,
    lease_s: float,
    waits_for_earlier: int,
) -> list[Outgoing]:
    """Take due deliveries of partners that are not busy, to endpoints that do not rest.

    A later event of a subject waits for the earlier one.
    """
    values = {
        "busy": list(busy),
        "resting": list(resting),
        "limit": limit,
        "lease_s": lease_s,
        "waits_for_earlier": waits_for_earlier,
    }
    ids = list((await session.execute(_CLAIM, values)).scalars())
    if not ids:
        return []
    found = await session.execute(
        select(WebhookDelivery, PartnerEvent, Subscription)
        .join(
            PartnerEvent,
            (col(PartnerEvent.client_id) == col(WebhookDelivery.client_id))
            & (col(PartnerEvent.seq) == col(WebhookDelivery.seq)),
        )
        .join(Subscription, col(Subscription.id) == col(WebhookDelivery.subscription_id))
        .where(col(WebhookDelivery.id).in_(ids))
        .order_by(col(WebhookDelivery.seq))
    )
    return [Outgoing(*row) for row in found]


async def delivery_for_update(session: WriteSession, delivery_id: UUID) -> WebhookDelivery:
    """A delivery, locked."""
    query = select(WebhookDelivery).where(col(WebhookDelivery.id) == delivery_id).with_for_update()
    found: WebhookDelivery = (await session.execute(query)).scalar_one()
    return found


async def logged_deliveries(
    session: ReadSession, subscription: Subscription, *, before: int | None, limit: int
) -> list[tuple[PartnerEvent, WebhookDelivery | None]]:
    """Events of a webhook with their deliveries, newest first."""
    query = (
        select(PartnerEvent, WebhookDelivery)
        .join(
            WebhookDelivery,
            (col(WebhookDelivery.client_id) == col(PartnerEvent.client_id))
            & (col(WebhookDelivery.seq) == col(PartnerEvent.seq)),
        )
        .where(col(WebhookDelivery.subscription_id) == subscription.id)
    )
    if before is not None:
        query = query.where(col(PartnerEvent.seq) < before)
    found = await session.execute(query.order_by(col(PartnerEvent.seq).desc()).limit(limit))
    return [(event, delivery) for event, delivery in found]


async def logged_events(
    session: ReadSession, subscription: Subscription, *, before: int | None, limit: int
) -> list[tuple[PartnerEvent, WebhookDelivery | None]]:
    """Events that a subscription by queue or pull takes, newest first."""
    query = select(PartnerEvent).where(
        col(PartnerEvent.client_id) == subscription.client_id, taken_by(subscription)
    )
    if before is not None:
        query = query.where(col(PartnerEvent.seq) < before)
    found = await session.execute(query.order_by(col(PartnerEvent.seq).desc()).limit(limit))
    return [(event, None) for event in found.scalars()]


async def last_attempts(session: ReadSession, delivery_ids: Sequence[UUID]) -> dict[UUID, WebhookAttempt]:
    """The latest attempt of each delivery."""
    if not delivery_ids:
        return {}
    query = (
        select(WebhookAttempt)
        .distinct(col(WebhookAttempt.delivery_id))
        .where(col(WebhookAttempt.delivery_id).in_(delivery_ids))
        .order_by(col(WebhookAttempt.delivery_id), col(WebhookAttempt.id).desc())
    )
    return {row.delivery_id: row for row in (await session.execute(query)).scalars()}
