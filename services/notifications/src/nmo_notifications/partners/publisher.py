"""Copies each partner's log into its queue, in order, with confirms; the cursor moves on the broker's word."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import DeliveryError

from nmo_kit import clock, failpoints
from nmo_kit.db import Database
from nmo_kit.messaging.envelope import CONTENT_TYPE
from nmo_kit.messaging.link import LINK_ERRORS
from nmo_notifications.partners.queries import (
    consented,
    lease_queue_subscription,
    log_after,
    subscription_for_update,
)
from nmo_notifications.partners.rules import queue_name
from nmo_notifications.partners.tables import PartnerEvent, Subscription

logger = structlog.get_logger(__name__)
BATCH = 100
LEASE_S = 60.0
CONFIRM_S = 5.0
CONNECT_S = 5.0
PAUSE_S = 10.0


class QueuePublisher:
    """Publishes due events; several processes may run it, a partner is served by one at a time."""

    def __init__(self, database: Database, amqp_url: str) -> None:
        """Connects when there is something to publish. An empty address publishes nothing."""
        self._db = database
        self._url = amqp_url
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def publish_due(self) -> None:
        """Serve every partner whose queue is behind its log (the worker's timer)."""
        while self._url:
            async with self._db.write() as session:
                subscription = await lease_queue_subscription(session, lease_s=LEASE_S)
            if subscription is None:
                return
            await self._serve(subscription)

    async def close(self) -> None:
        """Close the connection."""
        await self._hang_up()

    async def _serve(self, subscription: Subscription) -> None:
        async with self._db.read() as session:
            # The whole log, so that the cursor also passes what this subscription does not take.
            events = await log_after(session, subscription.client_id, subscription.cursor_seq, limit=BATCH)
            taken = await log_after(
                session,
                subscription.client_id,
                subscription.cursor_seq,
                limit=BATCH,
                subscription=subscription,
            )
            allowed = await consented(session, [row.person_id for row in taken if row.person_id])
        wanted = {
            row.seq
            for row in taken
            if row.body is not None and (row.person_id is None or row.person_id in allowed)
        }
        cursor, failed = subscription.cursor_seq, ""
        for row in events:
            if row.seq in wanted:
                failed = await self._publish(row)
                if failed:
                    break
            cursor = row.seq
        await failpoints.hit("notifications.partner.confirmed")
        await self._note(subscription, cursor, failed)

    async def _publish(self, row: PartnerEvent) -> str:
        """Publish one event and wait for the confirm; the name of what went wrong, empty when it did not."""
        message = aio_pika.Message(
            row.body or b"",
            content_type=CONTENT_TYPE,
            message_id=str(row.event_id),
            type=row.type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers={"ce-subject": row.subject, "ce-partnerseq": row.seq},
        )
        try:
            channel = await self._open()
            await channel.default_exchange.publish(
                message, routing_key=queue_name(row.client_id), mandatory=True, timeout=CONFIRM_S
            )
        except DeliveryError:
            return "refused"
        except (*LINK_ERRORS, asyncio.InvalidStateError, RuntimeError) as error:
            # The client library raises RuntimeError on a connection that is gone and yet not marked closed.
            await self._hang_up()
            return type(error).__name__
        return ""

    async def _hang_up(self) -> None:
        """Forget the connection, so that the next event opens a new one."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(*LINK_ERRORS, asyncio.InvalidStateError, RuntimeError):
                await asyncio.wait_for(connection.close(), CONNECT_S)

    async def _open(self) -> AbstractChannel:
        if self._connection is None or self._connection.is_closed:
            self._channel = None
            self._connection = await aio_pika.connect(
                self._url, timeout=CONNECT_S, client_properties={"connection_name": "notifications.partners"}
            )
        if self._channel is None or self._channel.is_closed:
            # Without on_return_raises a message that no queue took would look like a success.
            self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        return self._channel

    async def _note(self, subscription: Subscription, cursor: int, failed: str) -> None:
        """Move the cursor; after a failure pause this partner alone. A replay that came meanwhile wins."""
        async with self._db.write() as session:
            row = await subscription_for_update(session, subscription.id)
            row.lease_until = None
            if row.cursor_seq == subscription.cursor_seq:
                row.cursor_seq = cursor
            now = clock.now()
            row.next_attempt_at = now + timedelta(seconds=PAUSE_S) if failed else None
            row.failing_since = (row.failing_since or now) if failed else None
        if failed:
            logger.warning("queue_publish_failed", partner=subscription.client_id, error=failed)
