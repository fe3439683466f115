"""I1, inside: every committed event has exactly one effect in each service that subscribes to its type."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nmo_kit.messaging.topology import UNROUTED
from tests.chaos.checker.snapshot import Event, Snapshot
from tests.chaos.checker.verdict import Inspection

ROWS, EFFECTS = "outbox rows", "inbox rows"
TOLD = "notifications.inbox"
LAST_WORD = frozenset({"cycles.cycle.document_lost.v1", "cycles.cycle.document_found.v1"})
"""Of these the newest of a cycle is told; one that comes after it leaves no message."""
# A change that a handler made twice has the same cause, type and subject, and these fields equal too.
_OWN_FIELDS = ("percent", "norm_code", "plan_item_id", "organization_id", "role")


def inspect(snapshot: Snapshot) -> Inspection:
    """Outboxes against inboxes by the topology's bindings, effects of effects, and what still waits somewhere."""
    found = Inspection(ROWS, EFFECTS)
    found.saw(ROWS, len(snapshot.events))
    _published(snapshot, found)
    _handled(snapshot, found)
    _done_once(snapshot, found)
    _told(snapshot, found)
    _at_rest(snapshot, found)
    return found


def _at_rest(snapshot: Snapshot, found: Inspection) -> None:
    """Nothing is under way, being retried or parked; what came to nobody is of a type that nobody takes."""
    bound = {key for queue in snapshot.queues for key in queue.keys}
    for queue in snapshot.waiting:
        if queue.queue != UNROUTED:
            named = f", first {queue.ids[0]}" if queue.ids else ""
            found.wrong(f"broker: queue {queue.queue} still holds {queue.count} messages{named}")
        for key in sorted(queue.types & bound) if queue.queue == UNROUTED else ():
            found.wrong(f"broker: queue {UNROUTED} holds {key}, which has subscribers", kind="lost")


def _published(snapshot: Snapshot, found: Inspection) -> None:
    seen: Counter[str] = Counter(event.id for event in snapshot.events)
    for event in snapshot.events:
        if not event.published:
            found.wrong(f"{event.service}.outbox: {event.type} {event.id} is not published", kind="lost")
        if seen[event.id] > 1:
            found.wrong(
                f"{event.service}.outbox: event {event.id} stands {seen[event.id]} times", kind="doubled"
            )


def _handled(snapshot: Snapshot, found: Inspection) -> None:
    by_type: dict[str, list[Event]] = {}
    for event in snapshot.events:
        by_type.setdefault(event.type, []).append(event)
    known = {event.id for event in snapshot.events}
    for queue in snapshot.queues:
        rows = [row for row in snapshot.rows(queue.consumer, "inbox") if row["consumer"] == queue.name]
        handled = {str(row["event_id"]) for row in rows}
        found.saw(EFFECTS, len(rows))
        owed = [event for key in sorted(queue.keys) for event in by_type.get(key, ())]
        for event in owed:
            if event.id not in handled and event.published:
                place = f"{queue.consumer}.inbox: {queue.name} has not handled"
                found.wrong(f"{place} {event.type} {event.id} of {event.service}.outbox", kind="lost")
        expected = {event.id for event in owed}
        for event_id in sorted(handled - expected):
            why = "which is not for it" if event_id in known else "which nobody committed"
            found.wrong(f"{queue.consumer}.inbox: {queue.name} handled event {event_id}, {why}")


def _done_once(snapshot: Snapshot, found: Inspection) -> None:
    done: Counter[tuple[Any, ...]] = Counter()
    for event in snapshot.events:
        cause = event.body.get("causationid") if event.body else None
        if cause is not None:
            own = tuple(str(event.data.get(name)) for name in _OWN_FIELDS)
            done[event.service, cause, event.type, event.key, own] += 1
    for (service, cause, event_type, key, _), times in done.items():
        if times > 1:
            spot = f"{service}.outbox: {event_type} of {key} was told {times} times because of event {cause}"
            found.wrong(spot, kind="doubled", count=times - 1)


def _told(snapshot: Snapshot, found: Inspection) -> None:
    """A handled event that people are told of has left its message."""
    written = Counter(str(row["event_id"]) for row in snapshot.rows("notifications", "message"))
    handled = {
        str(row["event_id"]) for row in snapshot.rows("notifications", "inbox") if row["consumer"] == TOLD
    }
    for event_id in sorted(handled - written.keys() - _overtaken(snapshot)):
        found.wrong(f"notifications.message: nothing was written for event {event_id}", kind="lost")
    for event_id, times in written.items():
        if times > 1:
            spot = f"notifications.message: event {event_id} was told {times} times"
            found.wrong(spot, kind="doubled", count=times - 1)
        if event_id not in handled:
            found.wrong(f"notifications.message: event {event_id} was told and never handled")


def _overtaken(snapshot: Snapshot) -> set[str]:
    """Events of a last word's types that are not the newest of their cycle."""
    words = [event for event in snapshot.events if event.type in LAST_WORD]
    newest: dict[str, int] = {}
    for event in words:
        newest[event.key] = max(event.version, newest.get(event.key, 0))
    return {event.id for event in words if event.version < newest[event.key]}
