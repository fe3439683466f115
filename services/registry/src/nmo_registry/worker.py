"""Recurring jobs of the registry."""

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
