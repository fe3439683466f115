"""A partner ends a subscription."""

from uuid import UUID

from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_notifications.partners.commands.subscribe import record
from nmo_notifications.partners.queries import own_subscription
from nmo_notifications.partners.queues import PartnerQueues


async def unsubscribe(
    session: WriteSession, subscription_id: UUID, *, viewer: Principal, queues: PartnerQueues
) -> None:
    """End it for good: its secret is forgotten, its queue and user are removed.

    Raises:
        NotFound: no such subscription of the partner.
        QueueWayClosed: the broker cannot remove the queue now.
    """
    row = await own_subscription(session, subscription_id, viewer=viewer, lock=True)
    row.state, row.secret, row.previous_secret = "deleted", None, None
    row.version += 1
    if row.way == "amqp":
        await queues.remove(row.client_id)
    await record(session, viewer, "unsubscribe", row)
