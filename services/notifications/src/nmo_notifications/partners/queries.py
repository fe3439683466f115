"""Reads of partners; a partner sees its own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, text
from sqlmodel import col, select

from nmo_contracts.purposes import PARTNERS
from nmo_kit import consents
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal
from nmo_notifications.partners.tables import Partner, PartnerEvent, Subscription

_NEXT_SEQ = text("update partner set last_seq = last_seq + 1 where client_id = :client_id returning last_seq")
_LEASE = text(
    """
    update subscription set lease_until = now() + make_interval(secs => :lease_s)
    where id = (
        select s.id from subscription s join partner p on p.client_id = s.client_id
        where s.way = 'amqp' and s.state = 'active' and s.cursor_seq < p.last_seq
          and (s.lease_until is null or s.lease_until < now())
          and (s.next_attempt_at is null or s.next_attempt_at <= app_now())
        order by s.id limit 1 for update of s skip locked)
    returning id
    """
)


async def next_seq(session: WriteSession, client_id: str) -> int:
    """The next place in a partner's log; the row lock makes the order of places that of the commits."""
    seq: int = (await session.execute(_NEXT_SEQ, {"client_id": client_id})).scalar_one()
    return seq


async def jump_seqs(session: WriteSession, places: int) -> None:
    """Leave out so many places in every partner's log."""
    await session.execute(text("update partner set last_seq = last_seq + :places"), {"places": places})


async def live_subscriptions(session: WriteSession) -> list[Subscription]:
    """All partners' subscriptions, paused ones included, locked in the order of the partners."""
    query = select(Subscription).where(col(Subscription.state) != "deleted")
    query = query.order_by(col(Subscription.client_id), col(Subscription.id)).with_for_update()
    return list((await session.execute(query)).scalars())


async def latest_entry_at(session: ReadSession, client_id: str) -> datetime | None:
    """When the newest event entered a partner's log."""
    query = select(func.max(PartnerEvent.at)).where(
        col(PartnerEvent.client_id) == client_id, col(PartnerEvent.subscription_id).is_(None)
    )
    found: datetime | None = (await session.execute(query)).scalar_one()
    return found


async def has_consent(session: ReadSession, person_id: UUID) -> bool:
    """The person agreed to partners and has not taken it back; unknown people have not agreed."""
    return await consents.is_granted(session, person_id, PARTNERS)


async def may_log(session: WriteSession, person_id: UUID) -> bool:
    """Whether the person agrees; the answer stays true until the transaction ends.

    A withdrawal waits for it and then finds what was logged meanwhile, so no body outlives it.
    """
    return await consents.holds_grant(session, person_id, PARTNERS)


async def subscriptions_for_type(session: ReadSession, type_name: str) -> list[Subscription]:
    """Live and paused subscriptions to a public type: a paused one's log goes on growing."""
    query = (
        select(Subscription)
        .where(col(Subscription.state) != "deleted", col(Subscription.types).any(type_name))  # type: ignore[arg-type]
        .order_by(col(Subscription.client_id), col(Subscription.id))
    )
    return list((await session.execute(query)).scalars())


async def subscriptions_of(session: ReadSession, *, viewer: Principal) -> list[Subscription]:
    """The partner's subscriptions, oldest first."""
    query = (
        select(Subscription)
        .where(col(Subscription.client_id) == viewer.client_id, col(Subscription.state) != "deleted")
        .order_by(col(Subscription.id))
    )
    return list((await session.execute(query)).scalars())


async def own_subscription(
    session: ReadSession, subscription_id: UUID, *, viewer: Principal, lock: bool = False
) -> Subscription:
    """One subscription of the partner.

    Raises:
        NotFound: there is none, it is deleted, or another partner's.
    """
    query = select(Subscription).where(
        col(Subscription.id) == subscription_id,
        col(Subscription.client_id) == viewer.client_id,
        col(Subscription.state) != "deleted",
    )
    rows = await session.execute(query.with_for_update() if lock else query)
    found: Subscription | None = rows.scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def partner(session: ReadSession, client_id: str) -> Partner | None:
    """The partner, if it ever subscribed."""
    return await session.get(Partner, client_id, populate_existing=True)


def taken_by(subscription: Subscription) -> ColumnElement[bool]:
    """What a subscription takes of its partner's log: by type and organisation, or meant for it alone."""
    wanted = [col(PartnerEvent.subscription_id).is_(None), col(PartnerEvent.type).in_(subscription.types)]
    if subscription.organization_ids:
        wanted.append(col(PartnerEvent.organization_id).in_(subscription.organization_ids))
    return or_(col(PartnerEvent.subscription_id) == subscription.id, and_(*wanted))


async def log_after(
    session: ReadSession, client_id: str, seq: int, *, limit: int, subscription: Subscription | None = None
) -> list[PartnerEvent]:
    """Events of the log after a place, in order; with a subscription, only what it takes."""
    query = select(PartnerEvent).where(col(PartnerEvent.client_id) == client_id, col(PartnerEvent.seq) > seq)
    if subscription is not None:
        query = query.where(taken_by(subscription))
    query = query.order_by(col(PartnerEvent.seq)).limit(limit)
    return list((await session.execute(query)).scalars())


async def log_event(session: ReadSession, client_id: str, event_id: UUID) -> PartnerEvent:
    """One event of the partner's log that still has its body.

    Raises:
        NotFound: there is none, or the consent was withdrawn.
    """
    query = select(PartnerEvent).where(
        col(PartnerEvent.client_id) == client_id, col(PartnerEvent.event_id) == event_id
    )
    found: PartnerEvent | None = (await session.execute(query)).scalar_one_or_none()
    if found is None or found.body is None:
        raise NotFound
    return found


async def seq_before(session: ReadSession, client_id: str, moment: datetime) -> int:
    """The place after which the events logged since `moment` stand."""
    query = select(func.min(PartnerEvent.seq)).where(
        col(PartnerEvent.client_id) == client_id, col(PartnerEvent.at) >= moment
    )
    first: int | None = (await session.execute(query)).scalar_one()
    if first is not None:
        return first - 1
    found = await partner(session, client_id)
    return found.last_seq if found else 0


async def consented(session: ReadSession, people: Sequence[UUID]) -> set[UUID]:
    """Those of the people who agreed to partners."""
    return await consents.among(session, people, PARTNERS, granted=True)


async def lease_queue_subscription(session: WriteSession, *, lease_s: float) -> Subscription | None:
    """Take one subscription by queue whose log has more than its cursor; None when all are up to date."""
    taken = (await session.execute(_LEASE, {"lease_s": lease_s})).scalar_one_or_none()
    return None if taken is None else await session.get(Subscription, taken)


async def subscription_for_update(session: WriteSession, subscription_id: UUID) -> Subscription:
    """A subscription locked for a background part."""
    query = select(Subscription).where(col(Subscription.id) == subscription_id).with_for_update()
    found: Subscription = (await session.execute(query)).scalar_one()
    return found
