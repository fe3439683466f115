"""Connections to the broker: plain ones, because relay and runner have reconnect loops of their own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

CONNECT_TIMEOUT_S = 5
PUBLISH_TIMEOUT_S = 10
LONGEST_PAUSE_S = 10.0
LINK_ERRORS = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
"""What a lost, refused or silent connection raises."""


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """A connection shown in the broker's list as `name`; raises one of LINK_ERRORS if there is none."""
    connection = await aio_pika.connect(
        url, timeout=CONNECT_TIMEOUT_S, client_properties={"connection_name": name}
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
