"""Recurring jobs of the registry."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer
from nmo_registry.frmr.client import RegisterRefusedError, RegisterUnavailableError
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.commands.follow import Follower
from nmo_registry.sync.commands.reconcile import MovedElsewhereError, Reconciler
from nmo_registry.sync.progress import Progress


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


async def reconcile(runtime: Runtime, rest: Sequence[str]) -> None:
    """Command `reconcile [--allow-removals]`: compare the whole mirror with the register's dump, telling how far it is.

    Killed at any moment, the next call goes on. Exits 1 when it is stopped or the register stays silent.
    """
    parser = ArgumentParser(prog="reconcile")
    parser.add_argument("--allow-removals", action="store_true")
    wanted = parser.parse_args(rest)
    reconciler: Reconciler = runtime.extras["reconciler"]
    shown = Progress()
    try:
        row = await reconciler.run(shown.show, allow_removals=wanted.allow_removals)
    except (RegisterUnavailableError, RegisterRefusedError, MovedElsewhereError) as error:
        sys.stderr.write(f"registry: {type(error).__name__}: {error}; call again to go on\n")
        sys.exit(1)
    sys.stdout.write(shown.line(row) + "\n")
    if row.phase != "done":
        sys.stderr.write(f"registry: stopped: {row.stopped_because}\n")
        sys.exit(1)
