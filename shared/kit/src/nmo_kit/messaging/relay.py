"""Publishes the outbox: one leader per lane, waves of confirmed publishes, one event in flight per key.

A wave does not wait for the one before: while the broker stores one, the next is read, of other keys. At least once: a
crash between confirm and mark publishes a wave again, and the consumers' inbox absorbs it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import asyncpg
import structlog
from prometheus_client import Gauge

from nmo_kit.messaging.link import LINK_ERRORS, Backoff, connected, pause
from nmo_kit.messaging.outbox import SLOTS
from nmo_kit.messaging.waves import ALARM_ATTEMPTS, LinkLostError, MessageRefusedError, WavePublisher

if TYPE_CHECKING:
    from aiormq import Channel

BATCH = 200
WAVES = 4
"""At most so many in flight."""
GATHER_S = 0.015
"""Events that come while a wave is in flight gather for so long: a wave for each alone would cost the processor more."""
POLL_S = 0.5
REPORT_S = 5.0
LOCK_CLASS = 20_481
"""First key of the advisory lock of the leaders; the second is the lane. Locks live inside one database."""

LEADER = Gauge("outbox_leader", "1 while this process leads the lane", ["service", "lane"])
PENDING = Gauge("outbox_pending", "Unpublished events, counted up to 100 000", ["service", "lane"])
OLDEST = Gauge("outbox_oldest_seconds", "Age of the oldest unpublished event", ["service", "lane"])
STUCK = Gauge(
    "outbox_stuck", f"Unpublished events with {ALARM_ATTEMPTS} failures or more", ["service", "lane"]
)

logger = structlog.get_logger(__name__)

# Shaped so that a long backlog costs no more than a short one: the index by position is read until the batch is full.
_PENDING = """
select position, created_at, event_id, event_key, key_version, routing_key, body, headers, attempts
from outbox
where published_at is null and lane = any($1::smallint[]) and event_key <> all ($3::text[]) and event_key <> all (array(
  select event_key from outbox
  where published_at is null and next_attempt_at > clock_timestamp() and lane = any($1::smallint[])))
order by position limit $2
"""
_REPORT = """
select count(*) as pending, coalesce(extract(epoch from now() - min(created_at)), 0)::float as age,
  count(*) filter (where attempts >= $2) as stuck
from (
  select created_at, attempts from outbox
  where published_at is null and lane = any($1::smallint[]) order by position limit 100000) as oldest
"""


class Relay:
    """The relay of one lane. Any number of processes may run it; one leads, the others wait for its session to end."""

    def __init__(
        self, *, service: str, database_url: str, amqp_url: str, lane: int = 0, lanes: int = 1
    ) -> None:
        """Nothing is connected yet. `database_url` is a plain `postgresql://` address without a pooler between."""
        self._service = service
        self._database_url = database_url
        self._amqp_url = amqp_url
        self._lane = lane
        self._slots = [slot for slot in range(SLOTS) if slot % lanes == lane]
        self._woken = asyncio.Event()
        self._careful = 0
        self._reported_at = 0.0
        labels = (service, str(lane))
        self._gauges = (PENDING.labels(*labels), OLDEST.labels(*labels), STUCK.labels(*labels))
        self._leader = LEADER.labels(*labels)

    def wake(self) -> None:
        """Look into the outbox at once; called after each commit of this process."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Lead or wait, publish, reconnect; returns when told to stop."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                async with self._leading(stop) as database:
                    if database is not None:
                        await self._serve(database, stop, backoff)
            except (*LINK_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                logger.warning(
                    "relay_link_lost", lane=self._lane, error=type(error).__name__, reason=str(error)
                )
                await pause(stop, backoff.next())

    @asynccontextmanager
    async def _leading(self, stop: asyncio.Event) -> AsyncIterator[asyncpg.Connection | None]:
        database = await asyncpg.connect(
            self._database_url,
            timeout=5,
            command_timeout=30,
            server_settings={
                "application_name": f"{self._service}-relay-{self._lane}",
                # A mark lost with the server publishes its event once more, which the inbox absorbs.
                "synchronous_commit": "off",
            },
        )
        try:
            while not await database.fetchval("select pg_try_advisory_lock($1, $2)", LOCK_CLASS, self._lane):
                await pause(stop, 1.0)
                if stop.is_set():
                    yield None
                    return
            self._leader.set(1)
            yield database
        finally:
            self._leader.set(0)
            database.terminate()

    async def _serve(self, database: asyncpg.Connection, stop: asyncio.Event, backoff: Backoff) -> None:
        # The age of what waits is told while the broker is down, too: that is when it matters.
        await self._report(database)
        async with connected(self._amqp_url, f"{self._service}-relay-{self._lane}") as connection:
            channel = await connection.channel(publisher_confirms=True)
            # The exchange has an alternate one, so `mandatory` would tell nothing there.
            below = cast("Channel", await channel.get_underlay_channel())
            turn = asyncio.Lock()
            waves = WavePublisher(self._service, database, turn, below)
            flights: dict[asyncio.Task[None], frozenset[str]] = {}
            backoff.reset()
            try:
                while not stop.is_set():
                    self._woken.clear()
                    if connection.is_closed or channel.is_closed:
                        raise LinkLostError("closed by the broker")
                    async with turn:
                        await self._report(database)
                        rows = await self._pending(database, flights)
                    sole = self._careful > 0
                    if rows:
                        self._launch(waves, rows, flights, sole=sole)
                    # A backlog goes fastest in whole waves, one after another.
                    if flights and (sole or len(rows) == BATCH):
                        await asyncio.wait(flights)
                    else:
                        await self._rest(flights)
                    if len(flights) >= WAVES:
                        await asyncio.wait(flights, return_when=asyncio.FIRST_COMPLETED)
                    _land(flights)
            finally:
                # Each ends by itself: by its confirms, with the link, or by its time-out.
                await asyncio.gather(*flights, return_exceptions=True)

    async def _pending(
        self, database: asyncpg.Connection, flights: Mapping[asyncio.Task[None], frozenset[str]]
    ) -> list[asyncpg.Record]:
        """The oldest events whose keys are not in flight."""
        limit = 1 if self._careful else BATCH
        found: list[asyncpg.Record] = await database.fetch(
            _PENDING, self._slots, limit, [key for keys in flights.values() for key in keys]
        )
        return found

    def _launch(
        self,
        waves: WavePublisher,
        rows: Sequence[asyncpg.Record],
        flights: dict[asyncio.Task[None], frozenset[str]],
        *,
        sole: bool,
    ) -> None:
        by_key: dict[str, list[asyncpg.Record]] = {}
        for row in rows:
            by_key.setdefault(row["event_key"], []).append(row)
        task = asyncio.create_task(self._fly(waves, list(by_key.values()), sole=sole))
        flights[task] = frozenset(by_key)
        self._careful = max(0, self._careful - 1)

    async def _fly(
        self, waves: WavePublisher, keys: Sequence[Sequence[asyncpg.Record]], *, sole: bool
    ) -> None:
        try:
            await waves.publish(keys, sole=sole)
        except MessageRefusedError:
            # The broker closed the channel under all that was in flight: find the one by publishing one by one.
            self._careful += sum(map(len, keys))
            raise

    async def _rest(self, flights: Mapping[asyncio.Task[None], frozenset[str]]) -> None:
        """Until there may be something to do: a commit of this process, the end of a wave, the next look."""
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait({woken, *flights}, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        if any(not flight.done() for flight in flights):
            await asyncio.sleep(GATHER_S)

    async def _report(self, database: asyncpg.Connection) -> None:
        if time.monotonic() - self._reported_at < REPORT_S:
            return
        self._reported_at = time.monotonic()
        found = await database.fetchrow(_REPORT, self._slots, ALARM_ATTEMPTS)
        for gauge, name in zip(self._gauges, ("pending", "age", "stuck"), strict=True):
            gauge.set(found[name])


def _land(flights: dict[asyncio.Task[None], frozenset[str]]) -> None:
    """Take the ended waves out; raises what one of them raised."""
    for task in [task for task in flights if task.done()]:
        del flights[task]
        task.result()
