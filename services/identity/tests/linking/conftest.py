"""A world of its own for each test: the module's identity, emptied, with a clock that stands."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from services.identity.tests.linking.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def world(portal: Any, cheap_hashing: None) -> AsyncIterator[World]:
    """Hashing is cheap: what is proven here does not hang on its price."""
    yield World(portal.db, portal.runtime.extras["cipher"])
