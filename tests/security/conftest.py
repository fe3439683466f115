"""The running system as somebody sees it who has got hold of its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.conftest import Portal
from tests.e2e.conftest import arrive, http
from tests.security.issuer import Issuer

__all__ = ["arrive", "http", "issuer"]


@pytest_asyncio.fixture(loop_scope="session")
async def issuer(portal: Portal) -> AsyncIterator[Issuer]:
    """Identity's keys and the ways to its tokens."""
    async with Issuer(portal) as found:
        yield found
