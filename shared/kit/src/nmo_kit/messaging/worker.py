"""What a service does beside answering requests: relay, consumers, timers, upkeep of its own tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import text

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.messaging.link import Backoff, pause
from nmo_kit.messaging.relay import Relay
from nmo_kit.messaging.runner import Runner
from nmo_kit.messaging.tables import DROP_JOURNAL_SQL, MAINTENANCE_SQL
from nmo_kit.messaging.topology import RETRY_LEVELS, Queue, RetryLevel
from nmo_kit.sealing.chain import SealKeys
from nmo_kit.sealing.sealer import Sealer
from nmo_kit.settings import ServiceSettings, SettingsError

DAY_S = 24 * 3600.0
SEAL_S = 5.0
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Timer:
    """A recurring job. It runs in every worker process, so the job itself takes the rows it works on.

    Attributes:
        seconds: pause between the end of one run and the start of the next.
        run: the job; an exception is logged, and the next run comes in its time.
        name: for the log; the function's name by default.
    """

    seconds: float
    run: Callable[[], Awaitable[None]]
    name: str = ""


class Worker:
    """All background parts of one service in one process; each is restarted alone if it fails."""

    def __init__(
        self,
        *,
        service: str,
        settings: ServiceSettings,
        database: Database,
        queues: Sequence[Queue] = (),
        timers: Sequence[Timer] = (),
        context: Any = None,
        levels: Sequence[RetryLevel] = RETRY_LEVELS,
    ) -> None:
        """Nothing runs yet. Without an AMQP address only the timers will.

        Args:
            service: prefix of its events and queues.
            settings: addresses and number of lanes.
            database: for handlers; its commits wake the relay.
            queues: what it consumes.
            timers: its recurring jobs.
            context: passed to handlers as `event.context`.
            levels: retry levels, as the topology declared them.
        """
        failpoints.refuse_in(settings.environment)
        self._database = database
        self._journal_days = settings.journal_retention_days
        self._timers = [*timers, *_sealer(service, settings, database)]
        amqp_url = settings.amqp_url.get_secret_value()
        lanes = settings.relay_lanes if amqp_url else 0
        database_url = settings.database_url.get_secret_value()
        self._relays = [
            Relay(service=service, database_url=database_url, amqp_url=amqp_url, lane=lane, lanes=lanes)
            for lane in range(lanes)
        ]
        self._runners = [
            Runner(queue=queue, database=database, amqp_url=amqp_url, levels=levels, context=context)
            for queue in (queues if amqp_url else ())
        ]
        for relay in self._relays:
            database.after_commit(relay.wake)

    async def run(self, stop: asyncio.Event) -> None:
        """Run all parts until told to stop, then let each finish what it holds."""
        async with asyncio.TaskGroup() as group:
            for relay in self._relays:
                group.create_task(_supervise("relay", relay.run, stop))
            for runner in self._runners:
                group.create_task(_supervise("runner", runner.run, stop))
            for timer in self._timers:
                group.create_task(_tick(timer, stop))
            if self._relays:
                group.create_task(_tick(Timer(DAY_S, self._upkeep, "upkeep"), stop))

    async def _upkeep(self) -> None:
        """Partitions of the coming months, and an end to those past their retention."""
        for statement in MAINTENANCE_SQL:
            async with self._database.write() as session:
                await session.execute(text(statement))
        async with self._database.write() as session:
            await session.execute(text(DROP_JOURNAL_SQL), {"days": self._journal_days})


def _sealer(service: str, settings: ServiceSettings, database: Database) -> list[Timer]:
    """The timer that seals the journal; without a key nothing is sealed, which production does not start with."""
    if settings.seal_key_file is None:
        if settings.is_production:
            raise SettingsError("seal_key_file is missing: the journal would not be sealed")
        return []
    sealer = Sealer(database, service, SealKeys.read(settings.seal_key_file), settings.seal_export_file)
    return [Timer(SEAL_S, sealer.run, "journal.seal")]


async def _supervise(name: str, run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    backoff = Backoff()
    while not stop.is_set():
        try:
            await run(stop)
        except Exception:  # a fault in one part must not end the others
            logger.exception("part_failed", component=name)
            await pause(stop, backoff.next())


async def _tick(timer: Timer, stop: asyncio.Event) -> None:
    name = timer.name or getattr(timer.run, "__name__", "timer")
    while not stop.is_set():
        try:
            await timer.run()
        except Exception:  # the next run may succeed
            logger.exception("timer_failed", timer=name)
        await pause(stop, timer.seconds)
