"""Recurring jobs of the applications service."""

from __future__ import annotations

from collections.abc import Sequence

from nmo_applications.documents.sweep import sweep_files
from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer

SWEEP_S = 3600.0


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Abandoned bytes are deleted every hour."""

    async def sweep() -> None:
        await sweep_files(runtime.db, runtime.extras["files"])

    return [Timer(seconds=SWEEP_S, run=sweep, name="sweep_files")]
