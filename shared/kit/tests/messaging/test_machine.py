"""Outbox, relay, queue and inbox as a state machine that dies at any step: each event has its effect, once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractChannel
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.failpoints import FailpointRaisedError
from nmo_kit.messaging import outbox
from nmo_kit.messaging.consumer import handle
from nmo_kit.messaging.envelope import parse
from nmo_kit.messaging.redrive import redrive
from nmo_kit.messaging.relay import Relay
from nmo_testkit import probe, wait
from nmo_testkit.broker import Broker
from nmo_testkit.probe import ThingMovedV1
from nmo_testkit.stateful import run_machine

QUEUE = "counter.effects"
RELAY_DIES = ("relay.before_publish", "relay.before_mark")
CONSUMER_DIES = ("handler.before_commit", "db.before_commit", "db.after_commit", "consumer.before_ack")


@pytest.fixture(autouse=True)
def clean_failpoints():
    yield
    failpoints.configure("")


@asynccontextmanager
async def dying(point: str | None) -> AsyncIterator[None]:
    """The process ends at the first hit of this point; whatever it held is gone."""
    failpoints.configure(f"{point}:raise@1" if point else "")
    try:
        yield
    except FailpointRaisedError:
        return
    finally:
        failpoints.configure("")


class Line:
    """Producer and consumer, one step of theirs at a time."""

    def __init__(self, db: Database, url: str, broker: Broker) -> None:
        self._db, self._url, self._broker = db, url, broker

    async def __aenter__(self) -> Self:
        """Two connections for all steps; each step has a channel of its own, lost when it dies."""
        self._database = await asyncpg.connect(self._url)
        self._connection = await aio_pika.connect(self._broker.url)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
        await self._database.close()

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[AbstractChannel]:
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            yield channel
        finally:
            await channel.close()

    async def clear(self) -> None:
        await self._database.execute("truncate outbox, inbox, effect")
        async with self._channel() as channel:
            for name in (QUEUE, "counter.copies", "counter.parking", "events.unrouted"):
                await (await channel.get_queue(name, ensure=False)).purge()

    async def tell(self, thing: UUID, step: int, *, fails: bool = False) -> UUID:
        async with self._db.write() as session:
            event_id = await outbox.add(session, ThingMovedV1(thing_id=thing, step=step), version=step)
            if fails:
                raise FailpointRaisedError
        return event_id

    async def relay(self, dies: str | None = None) -> None:
        """A relay's life: until nothing waits, or until it dies."""
        relay, stop = (
            Relay(service="probe", database_url=self._url, amqp_url=self._broker.url),
            asyncio.Event(),
        )
        async with dying(dies):
            running = asyncio.create_task(relay.run(stop))
            while not running.done() and await self._waiting():
                await asyncio.wait({running}, timeout=0.01)
            stop.set()
            relay.wake()
            await running

    async def _waiting(self) -> int:
        return int(await self._database.fetchval("select count(*) from outbox where published_at is null"))

    async def consume(self, limit: int, dies: str | None = None) -> int:
        """Take up to so many messages; an unsettled one goes back with the connection. How many were settled."""
        settled = 0
        async with self._channel() as channel, dying(dies):
            queue = await channel.get_queue(QUEUE, ensure=False)
            while settled < limit and (message := await queue.get(fail=False)) is not None:
                await handle(self._db, QUEUE, probe.on_thing_event, parse(message.body))
                await failpoints.hit("consumer.before_ack")
                await message.ack()
                settled += 1
        return settled

    async def repeat(self, event_id: UUID) -> None:
        """The broker, an operator or a replay brings a published event once more."""
        body = await self._database.fetchval("select body from outbox where event_id = $1", event_id)
        async with self._channel() as channel:
            await channel.default_exchange.publish(aio_pika.Message(bytes(body)), QUEUE)

    async def outbox(self) -> set[UUID]:
        """Every event that was told, published or not."""
        rows = await self._database.fetch("select event_id from outbox where routing_key like 'probe.%'")
        return {row["event_id"] for row in rows}

    async def effects(self) -> list[UUID]:
        return [row["event_id"] for row in await self._database.fetch("select event_id from effect")]

    async def finish(self) -> Counter[UUID]:
        """Everybody lives again, and people send back what was parked; which events the consumer told on."""

        async def done() -> bool:
            await self.relay()
            await self.consume(1000)
            if set(await self.effects()) == await self.outbox():
                return True
            await redrive(self._broker.url, "counter")
            return False

        await wait.until(done, timeout_s=30)
        rows = await self._database.fetch("select body from outbox where routing_key like 'counter.%'")
        return Counter(parse(bytes(row["body"])).causationid for row in rows)


class LineMachine(RuleBasedStateMachine):
    """Writes, aborted writes, passes of the relay, deliveries, repetitions; any of them may die half-way."""

    def __init__(self, do, line: Line) -> None:
        super().__init__()
        self._do, self.line = do, line
        self.committed: dict[UUID, tuple[UUID, int]] = {}
        self.steps: Counter[UUID] = Counter()
        self.things: list[UUID] = []

    @initialize()
    def begin(self):
        self._do(self.line.clear())
        self.things = [uuid4() for _ in range(3)]

    @rule(number=st.integers(0, 2))
    def write(self, number):
        thing = self.things[number]
        self.steps[thing] += 1
        event_id = self._do(self.line.tell(thing, self.steps[thing]))
        self.committed[event_id] = (thing, self.steps[thing])

    @rule(number=st.integers(0, 2))
    def write_and_fail(self, number):
        with pytest.raises(FailpointRaisedError):
            self._do(self.line.tell(self.things[number], 99, fails=True))

    @rule(dies=st.none() | st.sampled_from(RELAY_DIES))
    def relay(self, dies):
        self._do(self.line.relay(dies))

    @rule(limit=st.integers(1, 5), dies=st.none() | st.sampled_from(CONSUMER_DIES))
    def consume(self, limit, dies):
        self._do(self.line.consume(limit, dies))

    @precondition(lambda self: self.committed)
    @rule(data=st.data())
    def repeat(self, data):
        self._do(self.line.repeat(data.draw(st.sampled_from(sorted(self.committed)))))

    @invariant()
    def the_outbox_holds_what_was_committed(self):
        assert self._do(self.line.outbox()) == set(self.committed)

    @invariant()
    def no_effect_twice_and_none_without_its_event(self):
        effects = self._do(self.line.effects())
        assert len(effects) == len(set(effects))
        assert set(effects) <= set(self.committed)

    def teardown(self):
        """In the end: every event has its effect, and every effect was told on, once."""
        told = self._do(self.line.finish())
        effects = self._do(self.line.effects())
        assert Counter(effects) == Counter(dict.fromkeys(self.committed, 1))
        assert told == Counter(effects)


@pytest.mark.req("APP-08", "PAR-03")
@pytest.mark.failure("CONFIRM-LOST", "RELAY-KILLED", "CONSUMER-KILLED", "PRODUCER-DB-DOWN")
async def test_any_history_of_deaths_ends_in_one_effect_of_each_event(
    db: Database, probe_url: str, vhost: Broker
):
    async with Line(db, probe_url, vhost) as line:
        await run_machine(lambda do: LineMachine(do, line))
