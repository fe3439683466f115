"""Republishes a range of a producer's outbox to one consumer queue, so that a copy can be built anew.

`python -m nmo_kit.messaging.rebuild catalog cycles.catalog --type catalog.element.published.v1 --forget`, with
NMO_<PRODUCER>_DATABASE_URL, NMO_<CONSUMER>_DATABASE_URL and NMO_<CONSUMER>_AMQP_URL in the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime

import aio_pika
import asyncpg
from aio_pika.abc import AbstractExchange

from nmo_contracts.base import PREFIX
from nmo_kit.messaging.envelope import CONTENT_TYPE
from nmo_kit.messaging.link import PUBLISH_TIMEOUT_S, connected
from nmo_kit.messaging.topology import direct_exchange

CHUNK = 200
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_RANGE = """
select position, event_id, event_key, key_version, routing_key, body from outbox
where published_at is not null and created_at >= $1 and created_at < $2 and routing_key = any($3) and position > $4
order by position limit $5
"""


async def rebuild(
    producer_url: str,
    amqp_url: str,
    queue: str,
    *,
    types: list[str],
    since: datetime = _BEGINNING,
    until: datetime | None = None,
    consumer_url: str | None = None,
) -> int:
    """Republish, in order, with the events' own ids and bodies; returns how many.

    Args:
        producer_url: database whose outbox holds the events (30 days at most).
        amqp_url: the consumer's own address; its rights are enough.
        queue: the consumer's queue, `<consumer>.<purpose>`.
        types: event types (routing keys) that the queue takes.
        since: rows created at this moment or later.
        until: rows created before this moment; now by default.
        consumer_url: with the consumer's database, its inbox forgets these events first, so that the handlers run
            again; they must then be repeatable by themselves. Without it the inbox swallows what it has seen.
    """
    until = until or datetime.now(UTC)  # rule: clock rows carry the unshifted time of the database
    position, count = 0, 0
    source = await asyncpg.connect(producer_url)
    target = await asyncpg.connect(consumer_url) if consumer_url else None
    try:
        async with connected(amqp_url, f"{queue}-rebuild") as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            exchange = await channel.get_exchange(direct_exchange(queue.partition(".")[0]), ensure=False)
            while rows := await source.fetch(_RANGE, since, until, types, position, CHUNK):
                if target is not None:
                    await _forget(target, queue, rows)
                # One channel keeps the order of its publishes, so they need not wait for one another.
                await asyncio.gather(*(_publish(exchange, queue, row) for row in rows))
                position, count = rows[-1]["position"], count + len(rows)
    finally:
        await source.close()
        if target is not None:
            await target.close()
    return count


async def _forget(target: asyncpg.Connection, queue: str, rows: list[asyncpg.Record]) -> None:
    ids, subjects = [row["event_id"] for row in rows], [row["event_key"] for row in rows]
    async with target.transaction():
        await target.execute("delete from inbox where consumer = $1 and event_id = any($2)", queue, ids)
        await target.execute(
            "delete from inbox_subject_version where consumer = $1 and subject = any($2)", queue, subjects
        )


async def _publish(exchange: AbstractExchange, queue: str, row: asyncpg.Record) -> None:
    message = aio_pika.Message(
        bytes(row["body"]),
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(row["event_id"]),
        type=PREFIX + row["routing_key"],
        headers={"ce-subject": row["event_key"], "ce-subjectversion": row["key_version"]},
    )
    await exchange.publish(message, queue, mandatory=True, timeout=PUBLISH_TIMEOUT_S)


def main() -> None:
    """Command line; exits with a KeyError naming the variable that is missing."""
    parser = argparse.ArgumentParser(prog="nmo_kit.messaging.rebuild", description=__doc__)
    parser.add_argument("producer")
    parser.add_argument("queue")
    parser.add_argument("--type", action="append", required=True, help="event type, may be repeated")
    parser.add_argument("--since", type=datetime.fromisoformat, default=_BEGINNING)
    parser.add_argument("--until", type=datetime.fromisoformat)
    parser.add_argument("--forget", action="store_true", help="let the handlers run again")
    given = parser.parse_args()
    consumer = given.queue.partition(".")[0].upper()
    count = asyncio.run(
        rebuild(
            os.environ[f"NMO_{given.producer.upper()}_DATABASE_URL"],
            os.environ[f"NMO_{consumer}_AMQP_URL"],
            given.queue,
            types=given.type,
            since=given.since,
            until=given.until,
            consumer_url=os.environ[f"NMO_{consumer}_DATABASE_URL"] if given.forget else None,
        )
    )
    sys.stdout.write(f"{count} events republished to {given.queue}\n")


if __name__ == "__main__":
    main()
