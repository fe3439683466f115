"""Publishes one batch of outbox rows, marks what the broker confirmed, lets what failed wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import asyncpg
import orjson
import structlog
from aio_pika.exceptions import AMQPConnectionError, ChannelClosed, ChannelInvalidStateError, DeliveryError
from aiormq import Channel
from opentelemetry import propagate, trace
from prometheus_client import Counter, Histogram

from nmo_contracts.base import PREFIX
from nmo_kit import failpoints
from nmo_kit.messaging.envelope import CONTENT_TYPE
from nmo_kit.messaging.link import LINK_ERRORS, PUBLISH_TIMEOUT_S
from nmo_kit.messaging.properties import written
from nmo_kit.messaging.topology import EVENTS

LONGEST_WAIT_S = 3600
TIMEOUT_WAIT_S = 15
ALARM_ATTEMPTS = 20
_NOT_RECORDED = "-00"
"""Flags at the end of a `traceparent`."""

PUBLISHED = Counter("outbox_published_total", "Events confirmed by the broker", ["service"])
FAILED = Counter("outbox_publish_failures_total", "Publishes without a confirm", ["service", "kind"])
CONFIRM = Histogram("outbox_confirm_seconds", "Publish to confirm", ["service"])

logger = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)

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
Kind = Literal["nack", "timeout", "channel", "link"]


class LinkLostError(ConnectionError):
    """The broker's connection is of no use any more; the relay makes another."""


class MessageRefusedError(LinkLostError):
    """The broker closed the channel because of one message of the batch, unknown which."""


class _Failure(NamedTuple):
    row: Any
    kind: Kind
    error: BaseException


class WavePublisher:
    """Publishes over one channel and marks over one database connection; made anew with them."""

    def __init__(
        self, service: str, database: asyncpg.Connection, turn: asyncio.Lock, channel: Channel
    ) -> None:
        """`service` names the publisher in messages and metrics; `channel` confirms what it takes.

        Whoever uses `database` holds `turn`: a connection answers one statement at a time.
        """
        self._service = service
        self._database = database
        self._turn = turn
        self._channel = channel
        self._confirm = CONFIRM.labels(service)

    async def publish(self, keys: Sequence[Sequence[asyncpg.Record]], *, sole: bool) -> None:
        """Publish all keys at once, the rows of one key one after another; mark the confirmed, postpone the failed.

        After a failure nothing more of its key is published. `sole`: nothing else is in flight on the channel.

        Raises:
            MessageRefusedError: a refusal closed the channel, and more than one row may have caused it.
            LinkLostError: the connection is lost, or silent for longer than the time-out.
        """
        if await failpoints.hit("relay.before_publish"):
            return
        done: list[asyncpg.Record] = []
        answers = await asyncio.gather(*(self._publish_in_turn(rows, done) for rows in keys))
        await failpoints.hit("relay.before_mark")
        if done:
            async with self._turn:
                await self._database.execute(
                    _MARK, [row["created_at"] for row in done], [row["position"] for row in done]
                )
            PUBLISHED.labels(self._service).inc(len(done))
        failures = [failure for failure in answers if failure is not None]
        alone = sole and len(done) + len(failures) == 1
        for failure in failures:
            await self._postpone(failure, alone=alone)
        if not alone and any(failure.kind == "channel" for failure in failures):
            raise MessageRefusedError("the broker closed the channel")
        for failure in failures:
            if failure.kind != "nack":
                raise LinkLostError(f"{failure.kind}: {failure.error}")

    async def _publish_in_turn(
        self, rows: Sequence[asyncpg.Record], done: list[asyncpg.Record]
    ) -> _Failure | None:
        for row in rows:
            try:
                await self._publish(row)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 the kind decides what is done about it
                return _Failure(row, _kind(error), error)
            done.append(row)
        return None

    async def _publish(self, row: asyncpg.Record) -> None:
        stored = orjson.loads(row["headers"])
        started = time.perf_counter()
        hop: dict[str, Any] = {"ce-subject": row["event_key"], "ce-subjectversion": row["key_version"]}
        if stored.get("traceparent", "").endswith(_NOT_RECORDED):
            # The flow is not recorded, so a span of its own would say nothing: the ids go on as they are.
            hop |= {name: stored[name] for name in ("traceparent", "tracestate") if name in stored}
            await self._send(row, hop, stored.get("correlationid"))
        else:
            with tracer.start_as_current_span(
                f"{row['routing_key']} publish",
                context=propagate.extract(stored),
                kind=trace.SpanKind.PRODUCER,
            ):
                propagate.inject(hop)
                await self._send(row, hop, stored.get("correlationid"))
        self._confirm.observe(time.perf_counter() - started)

    async def _send(self, row: asyncpg.Record, hop: dict[str, Any], correlation_id: str | None) -> None:
        """Over the channel below aio-pika's, which waits for the socket before each next message: half the cost."""
        properties = written(
            content_type=CONTENT_TYPE,
            headers=hop,
            correlation_id=correlation_id,
            message_id=str(row["event_id"]),
            timestamp=row["created_at"],
            message_type=PREFIX + row["routing_key"],
            app_id=self._service,
        )
        # Under a memory alarm a publish without a time-out never returns.
        await self._channel.basic_publish(
            row["body"],
            exchange=EVENTS,
            routing_key=row["routing_key"],
            properties=properties,
            timeout=PUBLISH_TIMEOUT_S,
            wait=False,
        )

    async def _postpone(self, failure: _Failure, *, alone: bool) -> None:
        """Let the key wait, unless the connection alone is to blame. An event is never skipped."""
        FAILED.labels(self._service, failure.kind).inc()
        row, longest = failure.row, LONGEST_WAIT_S
        if failure.kind == "link" or (failure.kind == "channel" and not alone):
            return
        if failure.kind == "timeout":
            longest = TIMEOUT_WAIT_S
        wait_s = float(min(2 ** min(row["attempts"], 20), longest))
        async with self._turn:
            await self._database.execute(
                _POSTPONE, row["created_at"], row["position"], repr(failure.error)[:500], wait_s
            )
        tell = logger.error if row["attempts"] + 1 >= ALARM_ATTEMPTS else logger.warning
        tell(
            "event_not_published",
            event_id=str(row["event_id"]),
            subject=row["event_key"],
            kind=failure.kind,
            seconds=wait_s,
        )


def _kind(error: BaseException) -> Kind:
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
