"""The test event (PAR-03)."""

from datetime import datetime
from uuid import UUID

from nmo_contracts.partner import PingV1
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope
from nmo_kit.principal import Principal
from nmo_notifications.partners.commands.subscribe import record
from nmo_notifications.partners.projection import append
from nmo_notifications.partners.queries import own_subscription


async def send_ping(
    session: WriteSession, subscription_id: UUID, *, viewer: Principal, now: datetime
) -> UUID:
    """Send a ping the way real events go, to this subscription alone; the event's id.

    Raises:
        NotFound: no such subscription of the partner.
    """
    row = await own_subscription(session, subscription_id, viewer=viewer, lock=True)
    row.version += 1
    event = Envelope.of(PingV1(subscription_id=row.id), version=row.version, time=now)
    await append(
        session,
        row.client_id,
        event,
        webhooks=[row] if row.way == "webhook" else [],
        subscription_id=row.id,
        now=now,
    )
    await record(session, viewer, "ping", row)
    return event.id
