"""The live bell: one poller per process fans new messages out to every open stream (NOT-01)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from nmo_kit.db import Database
from nmo_notifications.inbox.queries import recent_messages, unread_count
from nmo_notifications.inbox.schemas import MessageView, message_view

logger = structlog.get_logger(__name__)
POLL_S = 0.3
OVERLAP_S = 10.0
"""How far back each poll looks: a transaction may commit after one that began later."""
REMEMBERED = 10_000
QUEUE_LIMIT = 100
BATCH = 2000


class Subscriber:
    """One open stream."""

    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.queue: asyncio.Queue[MessageView | int | None] = asyncio.Queue(QUEUE_LIMIT)

    def offer(self, item: MessageView | int | None) -> None:
        """Hand over without waiting, None for the end; a client too slow to read loses live items and has Last-Event-ID."""
        if not self.queue.full():
            self.queue.put_nowait(item)


class Hub:
    """All open streams of this process; polls only while there are any."""

    def __init__(self, database: Database) -> None:
        """Nothing runs yet."""
        self._db = database
        self._subscribers: dict[UUID, set[Subscriber]] = {}
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.create_task(self._run(), name="inbox-stream")

    async def stop(self) -> None:
        """Stop polling."""
        running = [task for task in (self._task, self._ending) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def end_with(self, stopping: asyncio.Event | None) -> None:
        """End all streams once the process is told to stop; without it they would hold the stop up."""
        if stopping is not None and self._ending is None:
            self._ending = asyncio.create_task(self._end(stopping), name="inbox-stream-end")

    async def _end(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.offer(None)

    @asynccontextmanager
    async def subscribed(self, person_id: UUID) -> AsyncIterator[Subscriber]:
        """A stream of one person for as long as the context lasts."""
        subscriber = Subscriber(person_id)
        self._subscribers.setdefault(person_id, set()).add(subscriber)
        self._some.set()
        try:
            yield subscriber
        finally:
            rest = self._subscribers[person_id]
            rest.discard(subscriber)
            if not rest:
                del self._subscribers[person_id]
            if not self._subscribers:
                self._some.clear()

    def tell_unread(self, person_id: UUID, count: int) -> None:
        """Show a new count in the person's open pages, e.g. after reading in one of them."""
        for subscriber in self._subscribers.get(person_id, ()):
            subscriber.offer(count)

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            try:
                await self._poll()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("stream_poll_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def _poll(self) -> None:
        people = list(self._subscribers)
        async with self._db.read() as session:
            found = await recent_messages(session, people, seconds=OVERLAP_S, limit=BATCH)
            fresh = [row for row in found if row.id not in self._seen]
            counts = {row.person_id: await unread_count(session, row.person_id) for row in fresh}
        for row in fresh:
            self._remember(row.id)
            for subscriber in self._subscribers.get(row.person_id, ()):
                subscriber.offer(message_view(row))
                subscriber.offer(counts[row.person_id])

    def _remember(self, message_id: UUID) -> None:
        self._seen[message_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
