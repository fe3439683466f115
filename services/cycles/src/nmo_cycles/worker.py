"""Recurring jobs of cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nmo_cycles.progress.commands.close import BATCH, close_ended_cycles
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer

CLOSING_INTERVAL_S: Final = 600.0


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Cycles are closed soon after their last day."""

    async def close_ended() -> None:
        closed = BATCH
        while closed == BATCH:
            async with runtime.db.write() as session:
                closed = await close_ended_cycles(session, now=clock.now(), today=clock.today())

    return [Timer(seconds=CLOSING_INTERVAL_S, run=close_ended, name="close_ended_cycles")]
