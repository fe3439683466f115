"""The consuming service of the latency bench, a process of its own: `python -m tests.bench.consumer`.

Prints one line `event-id monotonic-seconds` per effect, at the moment its transaction has committed, and one per bare
message at the moment it arrives. The monotonic clock is one for all processes of the machine.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from uuid import UUID

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage
from pydantic import SecretStr
from sqlalchemy import event as orm
from sqlalchemy import text

from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging import Received, consumes
from nmo_kit.messaging.topology import Queue
from nmo_kit.messaging.worker import Worker
from nmo_testkit import probe
from nmo_testkit.postgres import settings_for

SERVICE = "counter"
BARE_QUEUE = "counter.bare"
_EFFECT = text("insert into effect (event_id, subject, step) values (:event_id, :subject, :step)")


def _tell(identifier: object) -> None:
    sys.stdout.write(f"{identifier} {time.monotonic():.6f}\n")


@consumes(probe.ThingMovedV1)
async def on_thing_moved(session: WriteSession, event: Received[probe.ThingMovedV1]) -> None:
    """Write the effect; tell of it after the commit."""
    identifier: UUID = event.envelope.id
    orm.listen(session.sync_session, "after_commit", lambda _: _tell(identifier))
    row = {"event_id": identifier, "subject": event.envelope.subject, "step": event.data.step}
    await session.execute(_EFFECT, row)


QUEUES = (Queue("counter.effects", handlers=[on_thing_moved]),)


async def _on_bare(message: AbstractIncomingMessage) -> None:
    _tell(message.message_id)
    await message.ack()


async def main() -> None:
    """Consume until told to stop."""
    url = os.environ["PROBE_AMQP_URL"]
    settings = settings_for(os.environ["PROBE_DATABASE_URL"], amqp_url=SecretStr(url))
    worker = Worker(service=SERVICE, settings=settings, database=Database(settings), queues=QUEUES)
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    await channel.set_qos(50)
    bare = await channel.get_queue(BARE_QUEUE)
    await bare.consume(_on_bare)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await worker.run(stop)
    await connection.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
