"""A partner subscribes (PAR-01, PAR-02)."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal
from nmo_notifications.partners.errors import ClientUnfit, QueueTaken, TooManySubscriptions
from nmo_notifications.partners.queries import partner, subscriptions_of
from nmo_notifications.partners.queues import PartnerQueues, QueueAccess
from nmo_notifications.partners.rules import is_client_id
from nmo_notifications.partners.tables import Partner, Subscription

LIMIT = 20
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A new subscription with what is shown only once."""

    row: Subscription
    secret: str | None = None
    access: QueueAccess | None = None


def new_secret() -> str:
    """A fresh webhook secret, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_place(subscription_id: UUID) -> str:
    """Where a sealed webhook secret belongs."""
    return f"subscription|secret|{subscription_id}"


async def subscribe(
    session: WriteSession,
    *,
    viewer: Principal,
    way: str,
    types: Sequence[str],
    organization_ids: Sequence[UUID],
    url: str | None,
    cipher: FieldCipher,
    queues: PartnerQueues,
    now: datetime,
) -> Subscribed:
    """Create a subscription from now on: a secret for a webhook, a queue with its user for AMQP.

    Raises:
        ClientUnfit: the client's id cannot name a queue.
        TooManySubscriptions: the limit is reached.
        QueueTaken: the partner has a queue already.
        QueueWayClosed: the broker cannot make a queue now.
    """
    client_id = viewer.client_id
    if not is_client_id(client_id):
        raise ClientUnfit
    await session.execute(
        insert(Partner).values(client_id=client_id, last_seq=0, created_at=now).on_conflict_do_nothing()
    )
    existing = await subscriptions_of(session, viewer=viewer)
    if len(existing) >= LIMIT:
        raise TooManySubscriptions
    if way == "amqp" and any(row.way == "amqp" for row in existing):
        raise QueueTaken
    owner = await partner(session, client_id)
    row = Subscription(
        id=uuid7(),
        client_id=client_id,
        way=way,
        types=sorted(set(types)),
        organization_ids=sorted(set(organization_ids)),
        url=url,
        cursor_seq=owner.last_seq if owner else 0,
        created_at=now,
    )
    secret = access = None
    if way == "webhook":
        secret = new_secret()
        row.secret = cipher.encrypt(secret, aad=secret_place(row.id))
    session.add(row)
    await session.flush()
    if way == "amqp":
        access = await queues.provision(client_id)
    await record(session, viewer, "subscribe", row)
    return Subscribed(row=row, secret=secret, access=access)


async def record(session: WriteSession, viewer: Principal, what: str, row: Subscription) -> None:
    """Journal what a partner did with a subscription."""
    await journal.record(
        session,
        actor=viewer,
        action=f"notifications.subscription.{what}",
        object_=f"subscription/{row.id}",
        person_id=None,
    )
