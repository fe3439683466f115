"""Recurring jobs of the registry."""

import sys
from collections.abc import Sequence

from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.commands.follow import Follower


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Follow the register's change feed, one short pass after another."""
    settings: RegistrySettings = runtime.settings
    follower: Follower = runtime.extras["follower"]

    async def follow_register() -> None:
        await follower.follow()

    return [Timer(seconds=settings.sync_interval_s, run=follow_register)]


async def sync(runtime: Runtime, rest: Sequence[str]) -> None:
    """Command `sync`: follow the feed to its end once, and print what was done. Exits 1 when the register is silent."""
    del rest
    follower: Follower = runtime.extras["follower"]
    applied = 0
    while True:
        done = await follower.follow(force=True)
        applied += done.applied
        if done.error is not None:
            sys.stderr.write(f"registry: {done.error}\n")
            sys.exit(1)
        if done.complete:
            sys.stdout.write(f"registry: {applied} people changed, cursor {done.cursor}\n")
            return
