"""Fixtures for every package's tests (a pytest plugin, found by its entry point)."""

from __future__ import annotations

import gc

# pytest imports it inside its hook for unraisable exceptions; one raised by that very import failed whichever test ran.
import tracemalloc  # noqa: F401
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from hypothesis import settings

from nmo_kit.db import Database
from nmo_testkit.broker import Broker, fresh_broker
from nmo_testkit.engine import Infrastructure, infrastructure, private_instances
from nmo_testkit.postgres import Databases, settings_for
from nmo_testkit.requirements import RequirementRecorder
from nmo_testkit.stateful import PROFILE
from nmo_testkit.tokens import TokenFactory

DatabaseFactory = Callable[[str], Awaitable[Database]]


def pytest_configure(config: pytest.Config) -> None:
    """Start recording requirement rows; generated cases follow the chosen profile."""
    settings.load_profile(PROFILE)
    config.pluginmanager.register(
        RequirementRecorder(config.rootpath, only_collects=config.option.collectonly), "nmo-requirements"
    )


def pytest_collection_finish() -> None:
    """Spare what was imported from the garbage collector: a quarter of the tests' processor time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def test_infrastructure() -> Iterator[Infrastructure]:
    """PostgreSQL and RabbitMQ of this run."""
    with infrastructure() as found:
        yield found


@pytest.fixture(scope="session")
def postgres_admin(test_infrastructure: Infrastructure) -> str:
    """Address of the tests' PostgreSQL, as a superuser."""
    return test_infrastructure.postgres_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(postgres_admin: str) -> Databases:
    """Creates databases; the tests that use it drop them."""
    found = Databases(postgres_admin)
    await found.remove_left_overs()
    return found


async def _factory(databases: Databases) -> AsyncIterator[DatabaseFactory]:
    opened: list[tuple[Database, str]] = []

    async def make(package: str) -> Database:
        url = await databases.of(package)
        database = Database(settings_for(url))
        opened.append((database, url))
        return database

    yield make
    for database, url in opened:
        await database.close()
        await databases.drop(url)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service_db(databases: Databases) -> AsyncIterator[DatabaseFactory]:
    """Makes migrated databases for this test module, by package name."""
    async for make in _factory(databases):
        yield make


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_service_db(databases: Databases) -> AsyncIterator[DatabaseFactory]:
    """Makes migrated databases for this one test."""
    async for make in _factory(databases):
        yield make


@pytest.fixture(scope="session")
def token_factory() -> TokenFactory:
    """Mints access tokens that applications started by `client_for(app, tokens=token_factory, …)` accept."""
    return TokenFactory()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(test_infrastructure: Infrastructure) -> AsyncIterator[Broker]:
    """A vhost for this run; tests of one run share it, so each declares queues under names of its own."""
    async with fresh_broker(test_infrastructure.amqp_url, test_infrastructure.amqp_admin_url) as found:
        yield found


@pytest.fixture(scope="module")
def private_infrastructure() -> Iterator[Infrastructure]:
    """PostgreSQL and RabbitMQ of this module alone, which tests may stop, kill and freeze."""
    with private_instances() as own:
        yield own
