from collections.abc import AsyncIterator

import pytest_asyncio

from nmo_kit.db import Database
from nmo_testkit import probe
from nmo_testkit.broker import Broker, fresh_broker
from nmo_testkit.engine import Infrastructure
from nmo_testkit.postgres import Databases, settings_for


@pytest_asyncio.fixture
async def probe_url(databases: Databases) -> AsyncIterator[str]:
    url = await probe.prepare(databases)
    yield url
    await databases.drop(url)


@pytest_asyncio.fixture
async def db(probe_url: str) -> AsyncIterator[Database]:
    database = Database(settings_for(probe_url))
    yield database
    await database.close()


@pytest_asyncio.fixture
async def vhost(test_infrastructure: Infrastructure) -> AsyncIterator[Broker]:
    """A vhost for one test with the probe's topology."""
    async with fresh_broker(test_infrastructure.amqp_url, test_infrastructure.amqp_admin_url) as broker:
        await broker.declare({"counter": probe.queues(), "probe": []})
        yield broker
