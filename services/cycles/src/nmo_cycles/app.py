"""Cycles as a service."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from uuid import UUID

from nmo_cycles import seed, worker
from nmo_cycles.cycles import endpoints as cycles
from nmo_cycles.journal.endpoints import router as journal
from nmo_cycles.ledger import endpoints as ledger
from nmo_cycles.ledger.commands.reverse import reverse_credit
from nmo_cycles.plan import endpoints as plan
from nmo_cycles.policy import POLICY
from nmo_cycles.progress import endpoints as progress
from nmo_cycles.settings import Settings
from nmo_cycles.tables import METADATA
from nmo_cycles.topology import QUEUES
from nmo_kit import clock
from nmo_kit.app import Runtime, Service

REVERSAL_WORDS = 2


def build() -> Service:
    """All that the kit needs to run cycles."""
    return Service(
        name="cycles",
        package="nmo_cycles",
        settings_class=Settings,
        metadata=METADATA,
        routers=[journal, cycles.router, plan.router, ledger.router, progress.router],
        policy=POLICY,
        queues=QUEUES,
        timers=worker.timers,
        seed=seed.seed,
        commands={"reverse-credit": _reverse_credit},
    )


async def _reverse_credit(runtime: Runtime, arguments: Sequence[str]) -> None:
    """`reverse-credit ENTRY_ID REASON`: take a credit back by a reversing entry."""
    if len(arguments) != REVERSAL_WORDS:
        sys.stderr.write("usage: reverse-credit ENTRY_ID REASON\n")
        sys.exit(2)
    entry_id, reason = arguments
    async with runtime.db.write() as session:
        entry = await reverse_credit(
            session, UUID(entry_id), reason=reason, actor="cycles.operator", now=clock.now()
        )
    sys.stdout.write(f"{entry.id} {entry.zet}\n")
