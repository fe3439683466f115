"""A world of its own for each test: the module's identity, emptied, with a clock that stands."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from nmo_identity.passwords import hashing
from nmo_identity.passwords.hashing import Hashing, Pepper
from services.identity.tests.linking.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def world(portal: Any) -> AsyncIterator[World]:
    """Cheap hashing: what is proven here does not hang on its price."""
    before = hashing.current()
    cheap = Hashing(Pepper([b"p" * 32]), threads=1, memory_kib=64)
    hashing.configure(cheap)
    yield World(portal.db, portal.runtime.extras["cipher"])
    hashing.configure(before)
    cheap.close()
