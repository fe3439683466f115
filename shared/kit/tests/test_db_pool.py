"""The pool of connections."""

from __future__ import annotations

from contextlib import AsyncExitStack

from sqlalchemy import QueuePool, text

from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for


async def _all_at_once(database: Database, places: int) -> set[int]:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(database.write()) for _ in range(places)]
        return {(await one.execute(text("select pg_backend_pid()"))).scalar_one() for one in sessions}


async def test_connections_of_a_busy_moment_are_kept_for_the_next(postgres_admin: str):
    db = Database(settings_for(postgres_admin))
    try:
        pool = db.engines[0].pool
        assert isinstance(pool, QueuePool)
        most = pool.size() + max(0, pool._max_overflow)
        before = await _all_at_once(db, most)
        assert len(before) == most
        assert await _all_at_once(db, most) == before
    finally:
        await db.close()
