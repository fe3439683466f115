"""The catalogue as a service."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from uuid import UUID

from nmo_catalog import seed, worker
from nmo_catalog.elements import endpoints as elements
from nmo_catalog.elements.commands.archive import archive_element
from nmo_catalog.journal.endpoints import router as journal
from nmo_catalog.organisations import endpoints as organisations
from nmo_catalog.policy import POLICY
from nmo_catalog.search import endpoints as search
from nmo_catalog.settings import Settings
from nmo_catalog.tables import METADATA
from nmo_catalog.topology import QUEUES
from nmo_kit import clock
from nmo_kit.app import Runtime, Service


def build() -> Service:
    """All that the kit needs to run the catalogue."""
    return Service(
        name="catalog",
        package="nmo_catalog",
        settings_class=Settings,
        metadata=METADATA,
        routers=[journal, search.router, elements.router, organisations.router],
        policy=POLICY,
        queues=QUEUES,
        timers=worker.timers,
        seed=seed.seed,
        commands={"archive": _archive},
    )


async def _archive(runtime: Runtime, arguments: Sequence[str]) -> None:
    """`archive ELEMENT_ID`: nobody can choose the element any more."""
    if len(arguments) != 1:
        sys.stderr.write("usage: archive ELEMENT_ID\n")
        sys.exit(2)
    async with runtime.db.write() as session:
        archived = await archive_element(session, UUID(arguments[0]), at=clock.now())
    sys.stdout.write("archived\n" if archived else "not published, nothing done\n")
