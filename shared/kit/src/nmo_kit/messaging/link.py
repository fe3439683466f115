"""Connections to the broker: plain ones, because relay and runner have reconnect loops of their own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from yarl import URL

CONNECT_TIMEOUT_S = 5
PUBLISH_TIMEOUT_S = 10
HEARTBEAT_S = 20
"""A frozen broker is noticed within two of these."""
LONGEST_PAUSE_S = 10.0
LINK_ERRORS = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
"""What a lost, refused or silent connection raises."""


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """A connection shown in the broker's list as `name`; raises one of LINK_ERRORS if there is none."""
    address = URL(url).update_query(heartbeat=HEARTBEAT_S)
    connection = await aio_pika.connect(
        address, timeout=CONNECT_TIMEOUT_S, client_properties={"connection_name": name}
    )
    try:
        yield connection
    finally:
        # The broker may be frozen: closing politely must not take longer than connecting.
        with suppress(*LINK_ERRORS):
            await asyncio.wait_for(connection.close(), CONNECT_TIMEOUT_S)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, or less if told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Backoff:
    """Growing pauses with jitter between attempts to connect."""

    def __init__(self) -> None:
        self._next = 0.2

    def reset(self) -> None:
        """Start from the shortest again."""
        self._next = 0.2

    def next(self) -> float:
        """Seconds to wait now."""
        current = self._next
        self._next = min(current * 2, LONGEST_PAUSE_S)
        return current * random.uniform(0.75, 1.25)  # noqa: S311 jitter is no secret


async def pass_on(
    message: AbstractIncomingMessage, exchange: AbstractExchange, queue: str, *, headers: dict[str, Any]
) -> None:
    """Publish a message again towards one queue, confirmed, with these headers beside its own.

    The broker's own headers (`x-…`) stay behind, and a header given as None is left out.

    Raises:
        aio_pika.exceptions.PublishError: nothing is bound for the queue.
        Exception: one of LINK_ERRORS.
    """
    kept = {name: value for name, value in message.headers.items() if not name.startswith("x-")} | headers
    copy = aio_pika.Message(
        message.body,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.type,
        app_id=message.app_id,
        timestamp=message.timestamp,
        headers={name: value for name, value in kept.items() if value is not None},
    )
    await asyncio.wait_for(
        exchange.publish(copy, queue, mandatory=True, timeout=PUBLISH_TIMEOUT_S), PUBLISH_TIMEOUT_S + 1
    )
