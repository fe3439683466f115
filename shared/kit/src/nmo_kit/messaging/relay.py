"""Publishes the outbox: one leader per lane, waves of confirmed publishes, one event in flight per key.

At least once: a crash between confirm and mark publishes a wave again, and the consumers' inbox absorbs it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aio_pika
import asyncpg
import structlog
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import AMQPConnectionError, ChannelClosed, ChannelInvalidStateError, DeliveryError
from opentelemetry import propagate, trace
from prometheus_client import Counter, Gauge, Histogram

from nmo_contracts.base import PREFIX
from nmo_kit import failpoints
from nmo_kit.messaging.envelope import CONTENT_TYPE
from nmo_kit.messaging.link import LINK_ERRORS, PUBLISH_TIMEOUT_S, Backoff, connected, pause
from nmo_kit.messaging.topology import EVENTS

BATCH = 200
POLL_S = 0.5
REPORT_S = 5.0
LONGEST_WAIT_S = 3600
TIMEOUT_WAIT_S = 15
ALARM_ATTEMPTS = 20
LOCK_CLASS = 20_481
"""First key of the advisory lock of the leaders; the second is the lane. Locks live inside one database."""

PUBLISHED = Counter("outbox_published_total", "Events confirmed by the broker", ["service"])
FAILED = Counter("outbox_publish_failures_total", "Publishes without a confirm", ["service", "kind"])
CONFIRM = Histogram("outbox_confirm_seconds", "Publish to confirm", ["service"])
LEADER = Gauge("outbox_leader", "1 while this process leads the lane", ["service", "lane"])
PENDING = Gauge("outbox_pending", "Unpublished events", ["service", "lane"])
OLDEST = Gauge("outbox_oldest_seconds", "Age of the oldest unpublished event", ["service", "lane"])
STUCK = Gauge(
    "outbox_stuck", f"Unpublished events with {ALARM_ATTEMPTS} failures or more", ["service", "lane"]
)

logger = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)

_PENDING = """
select position, created_at, event_id, event_key, key_version, routing_key, body, headers, attempts
from outbox o
where published_at is null and lane % $1 = $2 and not exists (
  select from outbox w
  where w.published_at is null and w.next_attempt_at > clock_timestamp() and w.lane = o.lane and w.event_key = o.event_key)
order by position limit $3
"""
_MARK = """
update outbox o set published_at = clock_timestamp(), next_attempt_at = null, last_error = null
from unnest($1::timestamptz[], $2::bigint[]) as done (created_at, position)
where o.created_at = done.created_at and o.position = done.position
"""
_POSTPONE = """
update outbox set attempts = attempts + 1, last_error = $3,
  next_attempt_at = clock_timestamp() + make_interval(secs => $4)
where created_at = $1 and position = $2
"""
_REPORT = """
select count(*) as pending, coalesce(extract(epoch from now() - min(created_at)), 0)::float as age,
  count(*) filter (where attempts >= $3) as stuck
from outbox where published_at is null and lane % $1 = $2
"""


class LinkLostError(ConnectionError):
    """The broker's connection is of no use any more; the relay makes another."""


class _Failure(NamedTuple):
    row: Any
    kind: str
    error: BaseException


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
        self._lanes = lanes
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
            server_settings={"application_name": f"{self._service}-relay-{self._lane}"},
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
        async with connected(self._amqp_url, f"{self._service}-relay-{self._lane}") as connection:
            channel = await connection.channel(publisher_confirms=True)
            # The exchange has an alternate one, so `mandatory` would tell nothing here.
            exchange = await channel.get_exchange(EVENTS, ensure=False)
            backoff.reset()
            while not stop.is_set():
                self._woken.clear()
                if connection.is_closed or channel.is_closed:
                    raise LinkLostError("closed by the broker")
                await self._report(database)
                if not await self._pass(database, exchange):
                    await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_S)
        except TimeoutError:
            return

    async def _pass(self, database: asyncpg.Connection, exchange: AbstractExchange) -> int:
        """One batch in waves with at most one event per key; returns how many rows were looked at."""
        limit = 1 if self._careful else BATCH
        self._careful = max(0, self._careful - 1)
        rows = await database.fetch(_PENDING, self._lanes, self._lane, limit)
        by_key: dict[str, deque[asyncpg.Record]] = {}
        for row in rows:
            by_key.setdefault(row["event_key"], deque()).append(row)
        while by_key:
            wave = [queue.popleft() for queue in by_key.values()]
            failed = await self._publish_wave(database, exchange, wave)
            by_key = {key: queue for key, queue in by_key.items() if queue and key not in failed}
        return len(rows)

    async def _publish_wave(
        self, database: asyncpg.Connection, exchange: AbstractExchange, wave: Sequence[asyncpg.Record]
    ) -> set[str]:
        """Publish, mark what was confirmed, postpone what failed; returns the keys that failed."""
        if await failpoints.hit("relay.before_publish"):
            return {row["event_key"] for row in wave}
        answers = await asyncio.gather(
            *(self._publish(exchange, row) for row in wave), return_exceptions=True
        )
        await failpoints.hit("relay.before_mark")
        done = [row for row, answer in zip(wave, answers, strict=True) if answer is None]
        if done:
            await database.execute(
                _MARK, [row["created_at"] for row in done], [row["position"] for row in done]
            )
            PUBLISHED.labels(self._service).inc(len(done))
        failures = [
            _Failure(row, _kind(answer), answer)
            for row, answer in zip(wave, answers, strict=True)
            if answer is not None
        ]
        for failure in failures:
            await self._postpone(database, failure, alone=len(wave) == 1)
        broken = [failure for failure in failures if failure.kind != "nack"]
        if broken:
            # After a refused message the broker closes the channel under all others: find it by going one by one.
            if broken[0].kind == "channel" and len(wave) > 1:
                self._careful = len(wave)
            raise LinkLostError(f"{broken[0].kind}: {broken[0].error}")
        return {failure.row["event_key"] for failure in failures}

    async def _publish(self, exchange: AbstractExchange, row: asyncpg.Record) -> None:
        headers = json.loads(row["headers"])
        started = time.perf_counter()
        with tracer.start_as_current_span(
            f"{row['routing_key']} publish", context=propagate.extract(headers), kind=trace.SpanKind.PRODUCER
        ):
            hop: dict[str, Any] = {"ce-subject": row["event_key"], "ce-subjectversion": row["key_version"]}
            propagate.inject(hop)
            message = aio_pika.Message(
                bytes(row["body"]),
                content_type=CONTENT_TYPE,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=str(row["event_id"]),
                correlation_id=headers.get("correlationid"),
                type=PREFIX + row["routing_key"],
                app_id=self._service,
                timestamp=row["created_at"],
                headers=hop,
            )
            # Both time-outs are needed: under a memory alarm a publish without one never returns.
            await asyncio.wait_for(
                exchange.publish(message, row["routing_key"], mandatory=False, timeout=PUBLISH_TIMEOUT_S),
                PUBLISH_TIMEOUT_S + 1,
            )
        CONFIRM.labels(self._service).observe(time.perf_counter() - started)

    async def _postpone(self, database: asyncpg.Connection, failure: _Failure, *, alone: bool) -> None:
        """Let the key wait, unless the connection alone is to blame. An event is never skipped."""
        FAILED.labels(self._service, failure.kind).inc()
        row, longest = failure.row, LONGEST_WAIT_S
        if failure.kind == "link" or (failure.kind == "channel" and not alone):
            return
        if failure.kind == "timeout":
            longest = TIMEOUT_WAIT_S
        wait_s = float(min(2 ** min(row["attempts"], 20), longest))
        await database.execute(
            _POSTPONE, row["created_at"], row["position"], repr(failure.error)[:500], wait_s
        )
        tell = logger.error if row["attempts"] + 1 >= ALARM_ATTEMPTS else logger.warning
        tell(
            "event_not_published",
            event_id=str(row["event_id"]),
            key=row["event_key"],
            kind=failure.kind,
            wait_s=wait_s,
        )

    async def _report(self, database: asyncpg.Connection) -> None:
        if time.monotonic() - self._reported_at < REPORT_S:
            return
        self._reported_at = time.monotonic()
        found = await database.fetchrow(_REPORT, self._lanes, self._lane, ALARM_ATTEMPTS)
        for gauge, name in zip(self._gauges, ("pending", "age", "stuck"), strict=True):
            gauge.set(found[name])


def _kind(error: BaseException) -> str:
    """What went wrong: the broker's answer (nack), silence (timeout), a refused message (channel), the link."""
    if isinstance(error, DeliveryError):
        return "nack"
    if isinstance(error, ChannelClosed):
        return "channel"
    if isinstance(error, AMQPConnectionError | ChannelInvalidStateError | asyncio.CancelledError):
        return "link"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, LINK_ERRORS):
        return "link"
    # A message that cannot even be encoded: it waits by itself and is reported, the others go on.
    return "nack"
