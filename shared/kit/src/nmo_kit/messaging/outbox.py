"""Events leave by the outbox: a row in the transaction of the change, published by the relay after the commit."""

import zlib
from collections.abc import Iterable, Mapping
from uuid import UUID

import orjson
from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit.db import WriteSession
from nmo_kit.messaging.envelope import Envelope, write_all
from nmo_kit.packed_rows import Layout, copy_packed, identifier, json_text, raw, small, whole, words

SLOTS = 64
"""Keys fall into this many slots; a relay with n lanes serves the slots with `slot % n = lane`."""

_LAYOUT = Layout(
    "outbox",
    {
        "event_id": identifier,
        "event_key": words,
        "key_version": whole,
        "lane": small,
        "routing_key": words,
        "body": raw,
        "headers": json_text,
    },
)
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
    await session.execute(_INSERT, dict(zip(_LAYOUT.columns, row, strict=True)))
    return event.id


async def add_all(session: WriteSession, events: Iterable[tuple[EventPayload, int]]) -> None:
    """`add` for many events with their versions at once, in this order; for loads and mirrors."""
    await copy(session, packed(events))


def packed(events: Iterable[tuple[EventPayload, int]]) -> bytearray:
    """Many events with their versions as `copy` takes them: made before the transaction that needs them.

    Raises:
        ValueError: an event is larger than 64 KiB.
    """
    rows, start, end = bytearray(), "", ""
    for one in write_all(events):
        if not end:
            # The same for all but for the id, which needs no quoting.
            start, end = orjson.dumps({**one.trace, "correlationid": "|"}).decode().rsplit("|", 1)
        slot, headers = _slot(one.subject), f"{start}{one.id}{end}"
        rows += _LAYOUT.row((one.id, one.subject, one.version, slot, one.type_name, one.body, headers))
    return rows


async def copy(session: WriteSession, rows: bytes | bytearray) -> None:
    """Put packed events into the session's transaction, in their order."""
    await copy_packed(session, _LAYOUT, rows)


def _row(
    event_id: UUID, subject: str, version: int, type_name: str, body: bytes, headers: Mapping[str, str | None]
) -> tuple[object, ...]:
    """Values of the columns."""
    kept = orjson.dumps({name: value for name, value in headers.items() if value}).decode()
    return event_id, subject, version, _slot(subject), type_name, body, kept


def _slot(subject: str) -> int:
    return zlib.crc32(subject.encode()) % SLOTS
