"""Events in tests without a broker: look into the outbox, hand an event to a handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit.db import Database
from nmo_kit.messaging.consumer import Handler, Outcome, handle
from nmo_kit.messaging.envelope import Envelope, parse

T = TypeVar("T", bound=EventPayload)


async def drain_outbox(database: Database) -> list[Envelope]:
    """Return all unpublished events in order, marked as published: a second call returns only what came since."""
    async with database.write() as session:
        rows = await session.execute(
            text(
                "with taken as (update outbox set published_at = now() where published_at is null"
                " returning position, body) select body from taken order by position"
            )
        )
        return [parse(bytes(body)) for (body,) in rows]


async def deliver(
    database: Database,
    handler: Handler[T],
    payload: T,
    *,
    version: int = 1,
    event_id: UUID | None = None,
    consumer: str = "test",
    context: Any = None,
) -> Outcome:
    """Hand an event to a handler as the runner does: parsed from its bytes, inbox row, one transaction, commit.

    Args:
        database: the consumer's database.
        handler: made by `@consumes`.
        payload: the event's data.
        version: `subjectversion`.
        event_id: give the same id twice for a duplicate.
        consumer: the queue the event came by.
        context: what the handler finds in `event.context`.

    Returns:
        `handled`, `duplicate` or `stale`.

    Raises:
        Exception: what the handler raised, `Transient` and `Permanent` included.
    """
    event = Envelope.of(payload, version=version, event_id=event_id)
    return await handle(database, consumer, handler, parse(event.to_bytes()), context=context)


async def deliver_all(
    database: Database,
    handlers: Sequence[Handler[Any]],
    events: Sequence[Envelope],
    *,
    consumer: str = "test",
    context: Any = None,
) -> list[Outcome]:
    """Hand drained events of one service to the handlers of another, each to those that take its type."""
    outcomes: list[Outcome] = []
    for event in events:
        for number, handler in enumerate(handlers):
            if any(model.type_name == event.type_name for model in handler.models):
                outcomes.append(
                    await handle(database, f"{consumer}.{number}", handler, event, context=context)
                )
    return outcomes
