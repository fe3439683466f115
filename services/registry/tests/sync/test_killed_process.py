"""A real process killed by SIGKILL at random steps, started again until it is through (FRM-02, FRM-03)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from typing import Any

import pytest

from nmo_kit.db import Database
from nmo_registry.frmr.completing import completed
from nmo_registry.frmr.reading import read_card
from nmo_registry.specialists.queries import stored_people
from nmo_testkit import drain_outbox, settings_for

KILLS = (
    "registry.sync.page_read:kill@2",
    "registry.sync.page_written:kill@3",
    "db.before_commit:kill@2",
    "registry.sync.page_committed:kill@1",
    "registry.sync.page_written:kill@1",
)


async def run_sync(environment: dict[str, str], failpoint: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "nmo_registry",
        "sync",
        env={**os.environ, **environment, "NMO_FAILPOINT": failpoint},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.req("FRM-02", "FRM-03")
async def test_killed_and_started_again(databases: Any, upstream: Any, keys: Any, registry: Any) -> None:
    upstream.state.generate(30, seed=3)
    url = await databases.of("nmo_registry")
    environment = {
        "NMO_REGISTRY_ENVIRONMENT": "test",
        "NMO_REGISTRY_DATABASE_URL": url,
        "NMO_REGISTRY_FRMR_URL": upstream.url,
        "NMO_REGISTRY_FRMR_CLIENT_ID": "NMO-TEST",
        "NMO_REGISTRY_FRMR_KEY_FILE": str(keys.frmr_key),
        "NMO_REGISTRY_FIELD_KEY_FILE": str(keys.field_key),
        "NMO_REGISTRY_INDEX_KEY_FILE": str(keys.index_key),
        "NMO_REGISTRY_SYNC_PAGE_SIZE": "5",
    }
    database = Database(settings_for(url))
    try:
        codes = [await run_sync(environment, failpoint) for failpoint in KILLS]
        assert codes == [-signal.SIGKILL] * len(KILLS)
        assert await run_sync(environment, "") == 0

        oids = upstream.state.all_oids(0, 100)
        async with database.read() as session:
            people = await stored_people(session, oids, registry.cipher)
        assert len(oids) == 39
        assert {oid: person.record for oid, person in people.items()} == {
            oid: completed(read_card(upstream.state.card(oid=oid)), None) for oid in oids
        }
        told = Counter(
            event.subject
            for event in await drain_outbox(database)
            if event.type_name == "registry.specialist.recorded.v1"
        )
        assert len(told) == 39
        assert set(told.values()) == {1}
    finally:
        await database.close()
        await databases.drop(url)
