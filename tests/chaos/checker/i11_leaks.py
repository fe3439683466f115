"""I11: nothing that was planted stands where it must not: logs, metrics, events, queues, foreign databases, letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection
from tests.leaks import places as collectors
from tests.leaks.allowed import ALLOWED
from tests.leaks.canaries import Canaries
from tests.leaks.finder import Leak, Place, find_leaks

CANARIES = "planted canaries"
PLACES = ("log", "database", "event")
"""Kinds of places that every system has; queues at rest are empty, letters may be none."""


async def collect(evidence: Evidence) -> list[Place]:
    """Every place of the system that is to be looked into."""
    found = collectors.log_places(evidence.logs_dir)
    found += await collectors.database_places(evidence.databases)
    found += await collectors.queue_places(evidence.broker_admin_url)
    found += await collectors.mail_places(evidence.mailbox_url)
    if evidence.process_urls:
        found += await collectors.metrics_places(evidence.process_urls)
    return found


async def search(places: Sequence[Place], canaries: Canaries | None) -> tuple[list[str], dict[str, int]]:
    """Spots with a canary, named without its value, and how many places of each kind were searched."""
    if canaries is None or not canaries.planted:
        return [], {}
    leaks = await find_leaks(places, canaries, ALLOWED)
    searched = Counter(place.kind for place in places)
    return sorted({spot_of(leak) for leak in leaks}), {CANARIES: len(canaries.planted), **searched}


def spot_of(leak: Leak) -> str:
    """The kind of the canary and the place; never the value."""
    return f"{leak.place.replace('/', ': ', 1)} holds a planted {leak.kind} ({leak.reading})"


def inspect(snapshot: Snapshot) -> Inspection:
    """What the search found."""
    found = Inspection(CANARIES, *PLACES)
    for part, count in snapshot.searched.items():
        found.saw(part, count)
    for leak in snapshot.leaks:
        found.wrong(leak)
    return found
