import asyncio

import pytest

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_kit.messaging.worker import Timer, Worker
from nmo_testkit import wait
from nmo_testkit.postgres import settings_for


async def test_a_failing_timer_is_called_again_and_ends_with_the_worker(db: Database, probe_url: str):
    calls = 0

    async def job() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("first time")

    worker = Worker(
        service="probe", settings=settings_for(probe_url), database=db, timers=[Timer(seconds=0.02, run=job)]
    )
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))

    async def called_thrice() -> bool:
        return calls >= 3

    await wait.until(called_thrice)
    stop.set()
    await asyncio.wait_for(task, 5)


async def test_a_worker_with_failpoints_does_not_start_in_production(db: Database, probe_url: str):
    settings = settings_for(probe_url).model_copy(update={"environment": "production"})
    failpoints.configure("relay.before_mark:kill")
    try:
        with pytest.raises(RuntimeError, match="refused in production"):
            Worker(service="probe", settings=settings, database=db)
    finally:
        failpoints.configure("")
