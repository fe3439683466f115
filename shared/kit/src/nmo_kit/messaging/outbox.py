"""Events leave by the outbox: a row in the transaction of the change, published by the relay after the commit."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import orjson
from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit.db import WriteSession, copy_rows
from nmo_kit.messaging.envelope import Envelope, write_all

SLOTS = 64
"""Keys fall into this many slots; a relay with n lanes serves the slots with `slot % n = lane`."""

COLUMNS = ("event_id", "event_key", "key_version", "lane", "routing_key", "body", "headers")
_INSERT = text(
    "insert into outbox (event_id, event_key, key_version, lane, routing_key, body, headers)"
    " values (:event_id, :event_key, :key_version, :lane, :routing_key, :body, cast(:headers as jsonb))"
)


async def add(
    session: WriteSession, payload: EventPayload, *, version: int, causation: Envelope | None = None
) -> UUID:
    """Put an event into the session's transaction; it is published if and only if that commits.

    Lock or version-check the aggregate first: then the order of a subject's events is the order of its commits.

    Args:
        session: the transaction of the change.
        payload: the fact, ids and states only.
        version: the aggregate's version after the change (CloudEvents `subjectversion`).
        causation: the event being handled, if this one follows from it.

    Returns:
        The event's id.

    Raises:
        ValueError: the event is larger than 64 KiB.
    """
    event = Envelope.of(payload, version=version, causation=causation)
    headers = {
        "traceparent": event.traceparent,
        "tracestate": event.tracestate,
        "correlationid": event.correlationid,
    }
    row = _row(event.id, event.subject, version, event.type_name, event.to_bytes(), headers)
    await session.execute(_INSERT, dict(zip(COLUMNS, row, strict=True)))
    return event.id


async def add_all(session: WriteSession, events: Iterable[tuple[EventPayload, int]]) -> None:
    """`add` for many events with their versions at once, in this order; for loads and mirrors."""
    await copy(session, list(rows_of(events)))


def rows_of(events: Iterable[tuple[EventPayload, int]]) -> Iterator[tuple[object, ...]]:
    """Values of `COLUMNS` for many events with their versions, for `copy`: made before the transaction that needs them.

    Raises:
        ValueError: an event is larger than 64 KiB.
    """
    start = end = ""
    for one in write_all(events):
        if not end:
            # The same for all but for the id, which needs no quoting.
            start, end = orjson.dumps({**one.trace, "correlationid": "|"}).decode().rsplit("|", 1)
        yield (
            one.id,
            one.subject,
            one.version,
            _slot(one.subject),
            one.type_name,
            one.body,
            f"{start}{one.id}{end}",
        )


async def copy(session: WriteSession, rows: Sequence[tuple[object, ...]]) -> None:
    """Put the events of these rows into the session's transaction, in this order."""
    if rows:
        await copy_rows(session, "outbox", COLUMNS, rows)


def _row(
    event_id: UUID, subject: str, version: int, type_name: str, body: bytes, headers: Mapping[str, str | None]
) -> tuple[object, ...]:
    """Values of `COLUMNS`."""
    kept = orjson.dumps({name: value for name, value in headers.items() if value}).decode()
    return event_id, subject, version, _slot(subject), type_name, body, kept


def _slot(subject: str) -> int:
    return zlib.crc32(subject.encode()) % SLOTS
