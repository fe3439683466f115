"""People at the portal and controls of the stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest_asyncio

from tests.conftest import Portal
from tests.e2e.visitor import Visitor

Arrive = Callable[[str], Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def http(portal: Portal) -> AsyncIterator[aiohttp.ClientSession]:
    """A plain client that follows no redirect by itself and keeps no cookie."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
    ) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(portal: Portal) -> AsyncIterator[Arrive]:
    """Opens browsers, by the key of a sandbox person; they are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        async def open_browser(key: str) -> Visitor:
            return await stack.enter_async_context(Visitor(key))

        yield open_browser


@pytest_asyncio.fixture(loop_scope="session")
async def staff(arrive: Arrive) -> Visitor:
    """An employee of the demo's educational organisation, signed in."""
    found = await arrive("org-staff")
    await found.enter()
    return found
