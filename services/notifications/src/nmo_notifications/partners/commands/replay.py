"""Replay from a moment, and an end to a pause (PAR-03)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_notifications.partners.commands.subscribe import record
from nmo_notifications.partners.queries import own_subscription, seq_before

_AGAIN = text(
    """
    insert into webhook_delivery (id, subscription_id, client_id, seq, subject, state, attempts, next_attempt_at)
    select gen_random_uuid(), s.id, e.client_id, e.seq, e.subject, 'pending', 0, :now
    from subscription s join partner_event e on e.client_id = s.client_id
    where s.id = :subscription_id and e.seq > :after and e.body is not null
      and (e.subscription_id = s.id or (e.subscription_id is null and e.type = any(s.types)
           and (s.organization_ids = '{}' or e.organization_id = any(s.organization_ids))))
    on conflict (subscription_id, seq) do update
    set state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at, lease_until = null,
        delivered_at = null
    returning 1
    """
)
_DUE = text(
    "update webhook_delivery set next_attempt_at = :now where subscription_id = :subscription_id and state = 'pending'"
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """From where the events come again, and how many of them by webhook."""

    after: int
    deliveries: int


async def replay(
    session: WriteSession, subscription_id: UUID, *, viewer: Principal, since: datetime, now: datetime
) -> Replayed:
    """Deliver everything logged since a moment once more, with the ids it had, delivered or not.

    By queue the cursor goes back; by webhook the deliveries start afresh; by pull the place to read from is told.

    Raises:
        NotFound: no such subscription of the partner.
    """
    row = await own_subscription(session, subscription_id, viewer=viewer, lock=True)
    after = await seq_before(session, row.client_id, since)
    count = 0
    if row.way == "amqp":
        row.cursor_seq = min(after, row.cursor_seq)
        row.next_attempt_at = None
    elif row.way == "webhook":
        values = {"subscription_id": row.id, "after": after, "now": now}
        count = len((await session.execute(_AGAIN, values)).all())
    row.version += 1
    await record(session, viewer, "replay", row)
    return Replayed(after=after, deliveries=count)


async def resume(session: WriteSession, subscription_id: UUID, *, viewer: Principal, now: datetime) -> None:
    """End a pause: what waited is due at once.

    Raises:
        NotFound: no such subscription of the partner.
    """
    row = await own_subscription(session, subscription_id, viewer=viewer, lock=True)
    row.state, row.paused_reason, row.failing_since, row.next_attempt_at = "active", None, None, None
    row.version += 1
    await session.execute(_DUE, {"subscription_id": row.id, "now": now})
    await record(session, viewer, "resume", row)
