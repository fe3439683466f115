"""Servers of a bench's own: a durable PostgreSQL and a broker on free ports, gone with it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nmo_local.infra import Infra, start_test_infrastructure
from nmo_testkit.broker import Broker, fresh_broker
from nmo_testkit.postgres import Databases


@dataclass(frozen=True, slots=True)
class Servers:
    """What a bench works on."""

    databases: Databases
    broker: Broker
    infra: Infra


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """Started for the block, with fsync on as in earnest."""
    with tempfile.TemporaryDirectory(prefix="nmo-bench-") as name:
        folder = Path(name)
        # The server's own user must get in when the bench runs as root.
        folder.chmod(0o711)  # noqa: ASYNC240 one call at the start
        infra = await asyncio.to_thread(start_test_infrastructure, folder, durable=True)
        try:
            async with fresh_broker(infra.amqp_url, infra.amqp_admin_url) as broker:
                yield Servers(Databases(infra.postgres_url), broker, infra)
        finally:
            await asyncio.to_thread(infra.stop)
