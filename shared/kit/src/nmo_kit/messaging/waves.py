"""Publishes one wave of outbox rows, marks what the broker confirmed, lets what failed wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import aio_pika
import asyncpg
import structlog
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import AMQPConnectionError, ChannelClosed, ChannelInvalidStateError, DeliveryError
from opentelemetry import propagate, trace
from prometheus_client import Counter, Histogram

from nmo_contracts.base import PREFIX
from nmo_kit import failpoints
from nmo_kit.messaging.envelope import CONTENT_TYPE
from nmo_kit.messaging.link import LINK_ERRORS, PUBLISH_TIMEOUT_S

LONGEST_WAIT_S = 3600
TIMEOUT_WAIT_S = 15
ALARM_ATTEMPTS = 20

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
    """The broker closed the channel because of one message of the wave, unknown which."""


class _Failure(NamedTuple):
    row: Any
    kind: Kind
    error: BaseException


class WavePublisher:
    """Publishes over one channel and marks over one database connection; made anew with them."""

    def __init__(self, service: str, database: asyncpg.Connection, exchange: AbstractExchange) -> None:
        """`service` names the publisher in messages and metrics."""
        self._service = service
        self._database = database
        self._exchange = exchange

    async def publish(self, wave: Sequence[asyncpg.Record]) -> set[str]:
        """Publish rows of different keys at once, mark the confirmed, postpone the failed.

        Returns:
            Keys whose event failed: nothing more of them may be published for now.

        Raises:
            MessageRefusedError: a wave of several rows met a refusal that closed the channel.
            LinkLostError: the connection is lost, or silent for longer than the time-out.
        """
        if await failpoints.hit("relay.before_publish"):
            return {row["event_key"] for row in wave}
        answers = await asyncio.gather(*(self._publish(row) for row in wave), return_exceptions=True)
        await failpoints.hit("relay.before_mark")
        done = [row for row, answer in zip(wave, answers, strict=True) if answer is None]
        if done:
            await self._database.execute(
                _MARK, [row["created_at"] for row in done], [row["position"] for row in done]
            )
            PUBLISHED.labels(self._service).inc(len(done))
        failures = [
            _Failure(row, _kind(answer), answer)
            for row, answer in zip(wave, answers, strict=True)
            if answer is not None
        ]
        for failure in failures:
            await self._postpone(failure, alone=len(wave) == 1)
        if len(wave) > 1 and any(failure.kind == "channel" for failure in failures):
            raise MessageRefusedError("the broker closed the channel")
        for failure in failures:
            if failure.kind != "nack":
                raise LinkLostError(f"{failure.kind}: {failure.error}")
        return {failure.row["event_key"] for failure in failures}

    async def _publish(self, row: asyncpg.Record) -> None:
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
                self._exchange.publish(
                    message, row["routing_key"], mandatory=False, timeout=PUBLISH_TIMEOUT_S
                ),
                PUBLISH_TIMEOUT_S + 1,
            )
        CONFIRM.labels(self._service).observe(time.perf_counter() - started)

    async def _postpone(self, failure: _Failure, *, alone: bool) -> None:
        """Let the key wait, unless the connection alone is to blame. An event is never skipped."""
        FAILED.labels(self._service, failure.kind).inc()
        row, longest = failure.row, LONGEST_WAIT_S
        if failure.kind == "link" or (failure.kind == "channel" and not alone):
            return
        if failure.kind == "timeout":
            longest = TIMEOUT_WAIT_S
        wait_s = float(min(2 ** min(row["attempts"], 20), longest))
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
