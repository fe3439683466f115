"""I1, outside: a partner got each event of its log by each way it chose, at least once, in order per subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from nmo_contracts.purposes import PARTNERS
from tests.chaos.checker.snapshot import Row, Snapshot
from tests.chaos.checker.verdict import Inspection

WAYS = ("amqp", "webhook", "pull")
LOG = "partner log"
MARGIN = timedelta(seconds=5)
"""Two facts handled closer than this may have overlapped: which came first is then not told by their times."""
OVERTAKEN_AFTER = 5
"""So many failed tries of a webhook let a later event of the subject go first."""
CLOCKS = timedelta(seconds=5)
"""What a run shifts the clock of one service by, and more."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_PUBLIC = {
    **{
        f"applications.application.{status}.v1": "partner.application.status_changed.v1"
        for status in (
            "submitted",
            "confirmed",
            "rejected",
            "documents_requested",
            "enrolled",
            "completed",
            "failed",
            "withdrawn",
            "deleted",
        )
    },
    **{
        f"cycles.cycle.{fact}.v1": "partner.cycle.status_changed.v1"
        for fact in ("opened", "confirmed", "closed")
    },
    "cycles.credit.recorded.v1": "partner.credit.recorded.v1",
}
"""Internal type to the public one that partners hear."""


def inspect(snapshot: Snapshot) -> Inspection:
    """Internal events against the logs, logs against what the partners wrote down."""
    found = Inspection(LOG, *WAYS)
    logs: dict[str, list[Row]] = {}
    for row in snapshot.rows("notifications", "partner_event"):
        logs.setdefault(row["client_id"], []).append(row)
    for partner in snapshot.rows("notifications", "partner"):
        rows = logs.get(partner["client_id"], [])
        found.saw(LOG, len(rows))
        _gapless(partner, rows, found)
    _logged(snapshot, logs, found)
    _received(snapshot, logs, found)
    return found


def _gapless(partner: Row, rows: Sequence[Row], found: Inspection) -> None:
    client = partner["client_id"]
    missing = set(range(1, partner["last_seq"] + 1)) - {row["seq"] for row in rows}
    for seq in sorted(missing):
        found.wrong(f"notifications.partner_event: {client} has no event {seq}", kind="lost")
    told: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row["body"] is not None and row["subscription_id"] is None:
            body = orjson.loads(row["body"])
            facts = {name: value for name, value in body["data"].items() if name != "links"}
            told[row["type"], row["subject"], body["subjectversion"], orjson.dumps(facts)] += 1
    for (event_type, subject, version, _), times in told.items():
        if times > 1:
            spot = f"notifications.partner_event: {client} has {event_type} of {subject} version {version}"
            found.wrong(f"{spot} under {times} ids", kind="doubled", count=times - 1)


def _logged(snapshot: Snapshot, logs: Mapping[str, Sequence[Row]], found: Inspection) -> None:
    """What happened since the person agreed, and was handled while a subscription wanted it, stands in the log."""
    handled = {
        str(row["event_id"]): row["received_at"]
        for row in snapshot.rows("notifications", "inbox")
        if row["consumer"] == "notifications.partners"
    }
    agreed = _agreements(snapshot)
    held = {client: {str(row["event_id"]) for row in rows} for client, rows in logs.items()}
    missing: set[tuple[str, str, str]] = set()
    for subscription in _live(snapshot):
        client = subscription["client_id"]
        since = subscription["created_at"] + MARGIN
        for event in snapshot.events:
            public = _PUBLIC.get(event.type)
            at = handled.get(event.id)
            if public not in subscription["types"] or at is None or at < since:
                continue
            if not _wanted(subscription, event.data.get("organization_id")):
                continue
            if event.time < agreed.get(event.data["person_id"], _NEVER):
                continue
            if str(uuid5(UUID(event.id), f"{public}|{client}")) not in held.get(client, ()):
                missing.add((client, event.type, event.id))
    for client, event_type, event_id in sorted(missing):
        spot = f"notifications.partner_event: {client} has nothing of {event_type} {event_id}"
        found.wrong(spot, kind="lost")


def _agreements(snapshot: Snapshot) -> dict[str, datetime]:
    """Since when each person's facts must reach partners; people who took their consent back are left out."""
    found: dict[str, datetime] = {}
    withdrawn: set[str] = set()
    for event in snapshot.events:
        if not event.type.startswith("identity.consent.") or event.data["purpose"] != PARTNERS:
            continue
        if event.type == "identity.consent.withdrawn.v1":
            withdrawn.add(event.data["person_id"])
        else:
            found[event.data["person_id"]] = datetime.fromisoformat(event.data["granted_at"]) + CLOCKS
    return {person: at for person, at in found.items() if person not in withdrawn}


def _live(snapshot: Snapshot) -> Iterable[Row]:
    return (row for row in snapshot.rows("notifications", "subscription") if row["state"] != "deleted")


def _ends(snapshot: Snapshot) -> dict[str, datetime]:
    """When partners ended their subscriptions: what was logged about then may not have come any more."""
    return {
        row["object"].removeprefix("subscription/"): row["at"] - MARGIN
        for row in snapshot.rows("notifications", "journal")
        if row["action"] == "notifications.subscription.unsubscribe"
    }


def _wanted(subscription: Row, organization_id: object) -> bool:
    chosen = {str(item) for item in subscription["organization_ids"]}
    return not chosen or str(organization_id) in chosen


def _received(snapshot: Snapshot, logs: Mapping[str, Sequence[Row]], found: Inspection) -> None:
    got: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in snapshot.history.received:
        got.setdefault((entry["client_id"], entry["way"]), []).append(entry["event"])
    tried = {
        (row["subscription_id"], row["seq"]): row["attempts"]
        for row in snapshot.rows("notifications", "webhook_delivery")
    }
    ends = _ends(snapshot)
    for subscription in snapshot.rows("notifications", "subscription"):
        client, way = subscription["client_id"], subscription["way"]
        events = got.get((client, way))
        if events is None:  # a partner that this history does not tell of
            continue
        found.saw(way, len(events))
        log = {str(row["event_id"]): row for row in logs.get(client, ())}
        end = ends.get(str(subscription["id"]), _NEVER)
        _complete(subscription, log, {event["id"] for event in events}, end, found)
        late = {
            event_id
            for event_id, row in log.items()
            if tried.get((subscription["id"], row["seq"]), 0) >= OVERTAKEN_AFTER
        }
        _in_order(f"{client} by {way}", log, events, late, found)


def _complete(
    subscription: Row, log: Mapping[str, Row], got: set[str], end: datetime, found: Inspection
) -> None:
    place = f"{subscription['client_id']} by {subscription['way']}"
    for event_id, row in log.items():
        general = row["subscription_id"] is None and row["type"] in subscription["types"]
        wanted = general and _wanted(subscription, row["organization_id"])
        if not wanted and row["subscription_id"] != subscription["id"]:
            continue
        due = row["body"] is not None and subscription["created_at"] <= row["at"] < end
        if due and event_id not in got:
            found.wrong(f"partner: {place} did not get event {event_id}, number {row['seq']}", kind="lost")


def _in_order(
    place: str, log: Mapping[str, Row], events: Sequence[dict[str, Any]], late: set[str], found: Inspection
) -> None:
    newest: dict[str, int] = {}
    first: dict[str, dict[str, Any]] = {}
    for event in events:
        event_id = event["id"]
        if event_id not in log:
            found.wrong(f"partner: {place} got event {event_id}, which is not in its log", kind="doubled")
            continue
        if event_id in first:
            if first[event_id] != event:
                found.wrong(f"partner: {place} got event {event_id} a second time with other content")
            continue
        first[event_id] = event
        seq, subject = log[event_id]["seq"], log[event_id]["subject"]
        if seq < newest.get(subject, 0) and event_id not in late:
            found.wrong(f"partner: {place} got event {event_id} of {subject} after a later one")
        newest[subject] = max(seq, newest.get(subject, 0))
