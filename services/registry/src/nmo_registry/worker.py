"""Recurring jobs of the registry."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer
from nmo_registry.frmr.client import RegisterRefusedError, RegisterUnavailableError
from nmo_registry.own_documents import metrics, queries
from nmo_registry.own_documents.commands.forget import sweep_scans
from nmo_registry.own_documents.commands.raise_late import raise_late
from nmo_registry.own_documents.commands.replace import replace_by_register
from nmo_registry.reference_books import metrics as book_metrics
from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.reference_books.commands.fetch import BookFetcher
from nmo_registry.reference_books.commands.pin import pin, unpin
from nmo_registry.reference_books.errors import VersionMissing
from nmo_registry.reference_books.queries import count_set_aside
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync import metrics as sync_metrics
from nmo_registry.sync.collecting import seldom_collected
from nmo_registry.sync.commands.follow import Follower
from nmo_registry.sync.commands.reconcile import MovedElsewhereError, Reconciler
from nmo_registry.sync.comparing import Comparing
from nmo_registry.sync.progress import Progress
from nmo_registry.sync.queries import count_unnamed, quarantine_size
from nmo_registry.sync.readers import ReaderLostError

BOOKS_TICK_S = 30.0
"""How often it is asked whether a book is due; a load that was cut short goes on within that time."""
BOOKS_FIRST_S = 5.0
"""How long the first pass over the feed waits for the first look at the books: a card tells by which versions it was read."""
COMPARE_TICK_S = 1.0
SWEEP_S = 3600.0


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Follow the feed, compare, look at reference books, replace and raise documents added by hand, sweep scans."""
    settings: RegistrySettings = runtime.settings
    follower: Follower = runtime.extras["follower"]

    fetcher: BookFetcher = runtime.extras["book_fetcher"]
    looked = asyncio.Event()

    async def follow_register() -> None:
        try:
            async with asyncio.timeout(BOOKS_FIRST_S):
                await looked.wait()
        except TimeoutError:
            # Books that do not come hold nobody up again.
            looked.set()
        await follower.follow()

    async def keep_books() -> None:
        try:
            await fetcher.look_at_all()
        finally:
            looked.set()
        await show_set_aside(runtime)

    async def follow_documents() -> None:
        async with runtime.db.write() as session:
            await replace_by_register(session)
        async with runtime.db.write() as session:
            await raise_late(session)
        async with runtime.db.read() as session:
            metrics.show(*await queries.waiting(session, now=await queries.moment(session)))

    async def sweep() -> None:
        async with runtime.db.write() as session:
            await sweep_scans(session)

    comparing: Comparing = runtime.extras["comparing"]

    async def compare() -> None:
        await comparing.turn()

    return [
        Timer(seconds=settings.sync_interval_s, run=follow_register),
        Timer(seconds=COMPARE_TICK_S, run=compare),
        Timer(seconds=BOOKS_TICK_S, run=keep_books),
        Timer(seconds=settings.documents_interval_s, run=follow_documents),
        Timer(seconds=SWEEP_S, run=sweep, name="sweep_scans"),
    ]


async def show_set_aside(runtime: Runtime) -> None:
    """Publish for the monitoring how many cards, lines of a dump and versions of books were set aside."""
    async with runtime.db.read() as session:
        book_metrics.show(await count_set_aside(session))
        sync_metrics.show_set_aside(await quarantine_size(session) + await count_unnamed(session))


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
        with seldom_collected():
            row = await reconciler.run(shown.show, allow_removals=wanted.allow_removals)
    except (RegisterUnavailableError, RegisterRefusedError, MovedElsewhereError, ReaderLostError) as error:
        sys.stderr.write(f"registry: {type(error).__name__}: {error}; call again to go on\n")
        sys.exit(1)
    sys.stdout.write(shown.line(row) + "\n")
    if row.phase != "done":
        sys.stderr.write(f"registry: stopped: {row.stopped_because}\n")
        sys.exit(1)


async def books(runtime: Runtime, rest: Sequence[str]) -> None:
    """Command `books [fetch|pin|unpin] [--book B] [--version V] [--accept-smaller] [--reason R]`.

    `fetch` (the default) looks at one book or at all and goes on with what was begun; `pin` keeps a version current,
    `unpin` follows the source again. Prints what was done. Exits 1 when the source is silent, or a version is faulty or
    missing; 2 for wrong arguments.
    """
    parser = ArgumentParser(prog="books")
    parser.add_argument("what", nargs="?", choices=("fetch", "pin", "unpin"), default="fetch")
    parser.add_argument("--book", choices=sorted(SPECS))
    parser.add_argument("--version")
    parser.add_argument("--accept-smaller", action="store_true")
    parser.add_argument("--reason", default="")
    wanted = parser.parse_args(rest)
    if wanted.what == "fetch":
        await _fetch_books(runtime, wanted)
        return
    if wanted.book is None or not wanted.reason or (wanted.what == "pin" and wanted.version is None):
        parser.error(
            f"{wanted.what} needs --book, --reason" + (" and --version" if wanted.what == "pin" else "")
        )
    try:
        async with runtime.db.write() as session:
            if wanted.what == "pin":
                await pin(session, wanted.book, wanted.version, by="operator", reason=wanted.reason)
            else:
                await unpin(session, wanted.book, by="operator", reason=wanted.reason)
    except VersionMissing:
        sys.stderr.write(f"registry: {wanted.book}: this version was not fetched\n")
        sys.exit(1)
    sys.stdout.write(f"registry: {wanted.book}: {wanted.what} done\n")


async def _fetch_books(runtime: Runtime, wanted: Namespace) -> None:
    fetcher: BookFetcher = runtime.extras["book_fetcher"]
    looks = [
        await fetcher.look(book, wanted.version, force=True, accept_smaller=wanted.accept_smaller)
        for book in ([wanted.book] if wanted.book else SPECS)
    ]
    for look in looks:
        told = " · ".join(part for part in (look.book, look.version, look.state, look.detail) if part)
        sys.stdout.write(f"registry: {told}\n")
    if any(look.state in {"set_aside", "unavailable"} for look in looks):
        sys.exit(1)
