"""Handlers of events: declared by `@consumes`, run in one transaction with the inbox row."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import ValidationError
from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_kit import failpoints
from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging.envelope import Envelope

T = TypeVar("T", bound=EventPayload)
Outcome = Literal["handled", "duplicate", "stale"]


class Transient(Exception):  # noqa: N818 the handlers' vocabulary, a decision rather than an error
    """Try again later: a dependency is down, a row is not there yet."""


class Permanent(Exception):  # noqa: N818 same
    """Never try again: the message goes to the parking queue, where people look at it."""


@dataclass(frozen=True)
class Received(Generic[T]):
    """An event as the handler sees it."""

    data: T
    envelope: Envelope
    context: Any = None
    """What the process runs with (`nmo_kit.app.Runtime`): settings, resources."""


@dataclass(frozen=True)
class Handler(Generic[T]):
    """A handler function with the event types it takes; callable like the function itself."""

    models: tuple[type[T], ...]
    skip_stale: bool
    function: Callable[[WriteSession, Received[T]], Awaitable[None]]

    @property
    def name(self) -> str:
        """Name of the function, for logs."""
        return getattr(self.function, "__name__", "handler")

    async def __call__(self, session: WriteSession, event: Received[T]) -> None:
        """Run the function alone, without inbox and transaction."""
        await self.function(session, event)

    def read(self, envelope: Envelope, context: Any = None) -> Received[T]:
        """Parse the payload. Raises Permanent if it does not fit the contract or is of another type."""
        for model in self.models:
            if model.type_name == envelope.type_name:
                try:
                    return Received(model.model_validate(envelope.data), envelope, context)
                except ValidationError as error:
                    places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
                    raise Permanent(f"invalid payload: {places}") from None
        raise Permanent(f"{self.name} does not take {envelope.type_name}")


def consumes(
    *models: type[T], skip_stale: bool = False
) -> Callable[[Callable[[WriteSession, Received[T]], Awaitable[None]]], Handler[T]]:
    """Declare a handler of one or several event types.

    The function must be idempotent only within its transaction: the inbox keeps duplicates away. It raises
    `Transient` to be called later and `Permanent` to have the message parked; any other error counts as transient.

    Args:
        models: payload classes.
        skip_stale: leave out events whose `subjectversion` is lower than one already handled with this flag by the
            same queue. For copies of a whole state; not where every fact counts, nor for subjects with many parts.
    """

    def declare(function: Callable[[WriteSession, Received[T]], Awaitable[None]]) -> Handler[T]:
        return Handler(models=models, skip_stale=skip_stale, function=function)

    return declare


_RECEIVE = text(
    "insert into inbox (consumer, event_id) values (:consumer, :event_id) on conflict do nothing returning event_id"
)
# An equal version passes: one change of an aggregate may tell several facts.
_ADVANCE = text(
    "insert into inbox_subject_version as seen (consumer, subject, version) values (:consumer, :subject, :version)"
    " on conflict (consumer, subject) do update set version = excluded.version"
    " where seen.version <= excluded.version returning version"
)


async def handle(
    database: Database, consumer: str, handler: Handler[T], envelope: Envelope, *, context: Any = None
) -> Outcome:
    """Handle one event exactly once in effect: inbox row, handler and its outbox rows in one transaction.

    Args:
        database: the consumer's own database.
        consumer: name of the queue; an event is handled once per queue.
        handler: who takes it.
        envelope: the parsed event.
        context: reaches the handler as `event.context`.

    Raises:
        Permanent: the payload is invalid, or the handler says so.
        Exception: whatever else the handler or the database raised; nothing was written then.
    """
    event = handler.read(envelope, context)
    async with database.write() as session:
        received = await session.execute(_RECEIVE, {"consumer": consumer, "event_id": envelope.id})
        if received.scalar_one_or_none() is None:
            return "duplicate"
        if handler.skip_stale:
            seen = {"consumer": consumer, "subject": envelope.subject, "version": envelope.subjectversion}
            advanced = await session.execute(_ADVANCE, seen)
            if advanced.scalar_one_or_none() is None:
                return "stale"
        await handler.function(session, event)
        await failpoints.hit("handler.before_commit")
    return "handled"
