"""The whole way of a message: broker, queue, inbox, letter, partner's webhook, by the worker's own parts."""

import asyncio
import time

import aio_pika
import pytest
from pydantic import SecretStr

from nmo_contracts.applications import ApplicationConfirmedV1
from nmo_kit.messaging import Envelope
from nmo_kit.messaging.worker import Worker
from nmo_notifications.topology import QUEUES
from nmo_notifications.worker import timers
from nmo_testkit import wait

LETTER_WITHIN_S = 5.0


@pytest.mark.req("NOT-01", "PAR-02")
async def test_letter_and_webhook_within_five_seconds_of_the_event(world, broker):
    await broker.declare({"notifications": QUEUES})
    world.know()
    await world.consent()
    await world.subscribe("webhook")
    world.runtime.extras |= {
        "sender": world.sender,
        "letters": world.letter_sender,
        "publisher": world.publisher,
        "dispatcher": world.dispatcher,
    }
    settings = world.runtime.settings.model_copy(
        update={
            "amqp_url": SecretStr(broker.url),
            "database_url": SecretStr(
                world.db.engines[0].url.render_as_string(hide_password=False).replace("+asyncpg", "")
            ),
        }
    )
    worker = Worker(
        service="notifications",
        settings=settings,
        database=world.db,
        queues=QUEUES,
        timers=timers(world.runtime),
        context=world.runtime,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    event = Envelope.of(world.event(ApplicationConfirmedV1), version=1)
    async with broker.channel() as channel:
        exchange = await channel.get_exchange("events", ensure=False)
        await exchange.publish(aio_pika.Message(event.to_bytes()), routing_key=event.type_name)
    told_at = time.monotonic()

    async def arrived():
        return len(world.mailbox.letters) == 1 and len(world.receiver.got) == 1

    await wait.until(arrived, timeout_s=LETTER_WITHIN_S)
    assert time.monotonic() - told_at < LETTER_WITHIN_S
    stop.set()
    await asyncio.wait_for(running, 15)
