"""Sends parked messages back to the queues they came from, after people have looked at them."""

from __future__ import annotations

from typing import Any

import structlog
from aio_pika.abc import AbstractIncomingMessage

from nmo_kit.messaging.link import PUBLISH_TIMEOUT_S, connected, pass_on
from nmo_kit.messaging.runner import ATTEMPT_HEADER
from nmo_kit.messaging.topology import direct_exchange, parking_queue

logger = structlog.get_logger(__name__)


async def redrive(amqp_url: str, service: str, *, event_id: str | None = None) -> int:
    """Move parked messages to their original queues with fresh attempts; returns how many.

    Each message is published with a confirm before it is acknowledged: a crash makes a duplicate, which the inbox
    absorbs. Only messages that are parked at the start are looked at, so poison cannot keep it busy for ever.

    Args:
        amqp_url: the service's own address; its rights are enough.
        service: whose parking queue.
        event_id: only the message with this id.

    Raises:
        aio_pika.exceptions.PublishError: the original queue is gone; the message stays parked.
    """
    moved = 0
    async with connected(amqp_url, f"{service}-redrive") as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        parking = await channel.get_queue(parking_queue(service))
        exchange = await channel.get_exchange(direct_exchange(service), ensure=False)
        for _ in range(parking.declaration_result.message_count or 0):
            message = await parking.get(fail=False, timeout=PUBLISH_TIMEOUT_S)
            if message is None:
                break
            # What is passed over stays unacknowledged until the end, and then returns to the parking queue.
            if event_id is not None and message.message_id != event_id:
                continue
            origin = original_queue(message)
            if origin is None:
                logger.error("parked_without_origin", event_id=message.message_id)
                continue
            await pass_on(message, exchange, origin, headers={ATTEMPT_HEADER: None})
            await message.ack()
            moved += 1
    logger.info("redriven", consumer=service, count=moved)
    return moved


def original_queue(message: AbstractIncomingMessage) -> str | None:
    """The queue that rejected the message, as the broker noted it."""
    first: Any = message.headers.get("x-first-death-queue")
    deaths: Any = message.headers.get("x-death") or ()
    for death in deaths:
        if death.get("reason") in {"rejected", "delivery_limit"}:
            return str(death["queue"])
    return str(first) if first else None
