"""Consumes one queue: inbox and handler in one transaction, acknowledgement after the commit.

Transient failures go through the service's retry queues, permanent ones to its parking queue; while the own database
is down nothing is taken at all, so that no message burns its attempts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from opentelemetry import propagate, trace
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.messaging.consumer import Handler, Outcome, Permanent, handle
from nmo_kit.messaging.envelope import Envelope, InvalidEnvelopeError, parse, split_type
from nmo_kit.messaging.keyed_locks import KeyedLocks
from nmo_kit.messaging.link import LINK_ERRORS, Backoff, connected, pass_on, pause
from nmo_kit.messaging.topology import RETRY_LEVELS, Queue, RetryLevel, retry_exchange

RETRIES = 6
"""Rounds through the retry queues before parking: the levels in turn, then the last one again."""
ATTEMPT_HEADER = "retry-attempt"
DRAIN_S = 15.0
CHECK_S = 30.0
PROBE_S = 1.0
STEADY_S = 10.0
"""A connection that lasted so long was a good one."""

EVENTS_SEEN = Counter("consumer_events_total", "Messages taken, by what became of them", ["queue", "outcome"])
SECONDS = Histogram("consumer_seconds", "Time of handling a message", ["queue"])

logger = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class _DatabaseDownError(Exception):
    """The consumer's own database does not answer."""


class Runner:
    """The consumer of one queue in one process."""

    def __init__(
        self,
        *,
        queue: Queue,
        database: Database,
        amqp_url: str,
        levels: Sequence[RetryLevel] = RETRY_LEVELS,
        context: Any = None,
    ) -> None:
        """`context` reaches the handlers as `event.context`."""
        self._queue = queue
        self._database = database
        self._amqp_url = amqp_url
        self._levels = levels
        self._context = context
        self._locks = KeyedLocks()
        self._held: set[asyncio.Task[Any]] = set()
        self._leave = asyncio.Event()
        self._database_down = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume, reconnect, wait for the database; returns when told to stop, after what is in hand."""
        backoff = Backoff()
        while not stop.is_set():
            started = time.monotonic()
            try:
                await self._consume(stop)
            except LINK_ERRORS as error:
                # Not found: the topology is not declared yet; the deployment step will.
                logger.warning(
                    "consumer_link_lost",
                    queue=self._queue.name,
                    error=type(error).__name__,
                    reason=str(error),
                )
            # Each delivery that is not settled counts against the delivery limit: a link that breaks again and again
            # must not park what is in no way poison.
            if time.monotonic() - started > STEADY_S:
                backoff.reset()
            elif not self._database_down:
                await pause(stop, backoff.next())
            while self._database_down and not stop.is_set():
                await pause(stop, PROBE_S)
                self._database_down = not await self._database_answers()

    async def _consume(self, stop: asyncio.Event) -> None:
        self._leave = asyncio.Event()
        async with connected(self._amqp_url, self._queue.name) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.set_qos(1 if self._queue.serial else self._queue.prefetch)
            source = await channel.get_queue(self._queue.name)
            tag = await source.consume(partial(self._take, channel))
            try:
                await self._until_told(stop, connection, channel)
            finally:
                if not channel.is_closed:
                    with suppress(*LINK_ERRORS):
                        await source.cancel(tag, timeout=5)
                self._leave.set()
                await self._drain()
            # Closing the connection gives back whatever was delivered and not acknowledged.

    async def _until_told(
        self, stop: asyncio.Event, connection: AbstractConnection, channel: AbstractChannel
    ) -> None:
        waits = {
            asyncio.ensure_future(waiting) for waiting in (stop.wait(), self._leave.wait(), channel.closed())
        }
        try:
            while True:
                done, _ = await asyncio.wait(waits, timeout=CHECK_S, return_when=asyncio.FIRST_COMPLETED)
                if done:
                    return
                # A deleted queue cancels its consumers silently: then it is missing, or has no consumer.
                probe = await connection.channel()
                found = await probe.get_queue(self._queue.name)
                await probe.close()
                if not found.declaration_result.consumer_count:
                    return
        finally:
            for waiting in waits:
                waiting.cancel()

    async def _drain(self) -> None:
        """Let what is in work finish; messages that only waited for their turn go back to the queue."""
        if self._held:
            await asyncio.wait(self._held, timeout=DRAIN_S)

    async def _take(self, channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
        """Called as a task of its own for each delivery; settles the message or leaves it to be returned."""
        task = asyncio.current_task()
        if task is not None:
            self._held.add(task)
            task.add_done_callback(self._held.discard)
        started = time.perf_counter()
        try:
            await self._settle(channel, message)
        except _DatabaseDownError:
            self._database_down = True
            self._leave.set()
            EVENTS_SEEN.labels(self._queue.name, "returned").inc()
            logger.warning("consumer_database_down", queue=self._queue.name)
        except LINK_ERRORS as error:
            # Not settled: the broker delivers it again, and the inbox knows it if it was handled.
            self._leave.set()
            logger.warning("message_not_settled", queue=self._queue.name, error=type(error).__name__)
        except Exception:  # a fault of ours: the delivery limit parks what causes it each time
            self._leave.set()
            logger.exception("message_not_settled", queue=self._queue.name)
        finally:
            SECONDS.labels(self._queue.name).observe(time.perf_counter() - started)

    async def _settle(self, channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
        try:
            envelope = parse(message.body)
        except InvalidEnvelopeError as error:
            await self._park(message, str(error))
            return
        handler = self._queue.handler_of(envelope.type_name)
        if handler is None:
            await self._park(message, self._why_unknown(envelope.type_name))
            return
        async with self._locks.hold(envelope.subject):
            if self._leave.is_set():
                return
            carrier = {str(name): value for name, value in message.headers.items()}
            with tracer.start_as_current_span(
                f"{envelope.type_name} receive",
                context=propagate.extract(carrier),
                kind=trace.SpanKind.CONSUMER,
            ):
                await self._handle(channel, message, handler, envelope)

    async def _handle(
        self,
        channel: AbstractChannel,
        message: AbstractIncomingMessage,
        handler: Handler[Any],
        envelope: Envelope,
    ) -> None:
        try:
            outcome = await self._attempt(handler, envelope)
        except Permanent as error:
            await self._park(message, str(error), envelope)
            return
        except _DatabaseDownError:
            raise
        except Exception as error:  # noqa: BLE001 whatever a handler raises must neither lose nor block messages
            await self._retry(channel, message, envelope, error)
            return
        if not await failpoints.hit("consumer.before_ack"):
            await message.ack()
        EVENTS_SEEN.labels(self._queue.name, outcome).inc()

    async def _attempt(self, handler: Handler[Any], envelope: Envelope) -> Outcome:
        try:
            return await self._once_there_is_place(handler, envelope)
        except (SQLAlchemyError, OSError) as error:
            if not await self._database_answers():
                raise _DatabaseDownError from error
            if not (isinstance(error, DBAPIError) and error.connection_invalidated):
                raise
        # The pool held a connection that was cut meanwhile; the database itself is well, so once more at once.
        return await self._once_there_is_place(handler, envelope)

    async def _once_there_is_place(self, handler: Handler[Any], envelope: Envelope) -> Outcome:
        """A pool that this process keeps full is no fault of the event: it waits, and burns no attempt."""
        while True:
            try:
                return await handle(
                    self._database, self._queue.name, handler, envelope, context=self._context
                )
            except PoolTimeoutError:
                if self._leave.is_set():
                    raise

    async def _database_answers(self) -> bool:
        """Ask twice: the first ping may find a connection of the pool cut long ago."""
        for _ in range(2):
            try:
                await asyncio.wait_for(self._database.ping(), 5)
            except (SQLAlchemyError, OSError, TimeoutError):
                continue
            return True
        return False

    async def _retry(
        self, channel: AbstractChannel, message: AbstractIncomingMessage, envelope: Envelope, error: Exception
    ) -> None:
        """Send a copy round through a retry queue, then acknowledge: a crash between makes a duplicate, no loss."""
        attempt = int(str(message.headers.get(ATTEMPT_HEADER, 0)))
        details = {"event_id": str(envelope.id), "event_type": envelope.type_name, "attempt": attempt}
        if attempt >= RETRIES:
            await self._park(message, f"attempts exhausted: {type(error).__name__}", envelope)
            return
        level = self._levels[min(attempt, len(self._levels) - 1)]
        logger.warning("event_retried", queue=self._queue.name, stage=level.name, exc_info=error, **details)
        exchange = await channel.get_exchange(retry_exchange(self._queue.consumer, level), ensure=False)
        await pass_on(message, exchange, self._queue.name, headers={ATTEMPT_HEADER: attempt + 1})
        if not await failpoints.hit("consumer.before_retry_ack"):
            await message.ack()
        EVENTS_SEEN.labels(self._queue.name, "retried").inc()

    async def _park(
        self, message: AbstractIncomingMessage, reason: str, envelope: Envelope | None = None
    ) -> None:
        """Hand the message to the parking queue by dead-lettering, with the reason in the log."""
        logger.error(
            "event_parked",
            queue=self._queue.name,
            reason=reason,
            event_id=str(envelope.id) if envelope else message.message_id,
            event_type=message.type,
        )
        await message.reject(requeue=False)
        EVENTS_SEEN.labels(self._queue.name, "parked").inc()

    def _why_unknown(self, type_name: str) -> str:
        name, major = split_type(type_name)
        known = any(split_type(key)[0] == name for key in self._queue.keys)
        return f"unknown major version {major} of {name}" if known else f"unknown event type {type_name}"
