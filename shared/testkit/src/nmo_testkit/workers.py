"""Background parts of a service running inside the test, against the test vhost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from nmo_kit.db import Database
from nmo_kit.messaging.topology import Queue, RetryLevel
from nmo_kit.messaging.worker import Timer, Worker
from nmo_testkit.broker import FAST_LEVELS, Broker
from nmo_testkit.postgres import settings_for


@asynccontextmanager
async def running_worker(
    service: str,
    database: Database,
    broker: Broker,
    *,
    queues: Sequence[Queue] = (),
    timers: Sequence[Timer] = (),
    context: Any = None,
    levels: Sequence[RetryLevel] = FAST_LEVELS,
    amqp_url: str | None = None,
) -> AsyncIterator[None]:
    """Relay, consumers and timers of a service, with the rights of its own broker user, until the block ends.

    Declare the topology first: `await broker.declare({"catalog": QUEUES})`.
    """
    url = amqp_url or await broker.service_url(service)
    database_url = database.engines[0].url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = settings_for(database_url, amqp_url=SecretStr(url))
    worker = Worker(
        service=service,
        settings=settings,
        database=database,
        queues=queues,
        timers=timers,
        context=context,
        levels=levels,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running
