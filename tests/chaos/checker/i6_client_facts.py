"""I6: what a client was told is there, and each idempotency key had one effect."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import orjson

from tests.chaos.checker.history import Entry
from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

FACTS, WRITES, KEYS, NUMBERS = (
    "facts of clients",
    "writes of clients",
    "idempotency keys",
    "application numbers",
)
_KEYED = (
    ("cycles", re.compile(r"/api/v1/cycles")),
    ("cycles", re.compile(r"/api/v1/cycles/[^/]+/plan/items")),
    ("applications", re.compile(r"/api/v1/applications/[^/]+/(submit|withdraw)")),
    (
        "applications",
        re.compile(
            r"/api/v1/organization/applications/[^/]+/(confirm|reject|request-documents|enrol|complete)"
        ),
    ),
)
"""Routes whose service keeps the key with the effect."""
_MOVE = re.compile(r"/api/v1/(?:organization/)?applications/([^/]+)/([a-z-]+)")


def inspect(snapshot: Snapshot) -> Inspection:
    """The history against the tables."""
    found = Inspection(FACTS, WRITES, KEYS, NUMBERS)
    _facts(snapshot, found)
    _keyed_writes(snapshot, found)
    _effects_of_keys(snapshot, found)
    _moves(snapshot, found)
    _numbers(snapshot, found)
    return found


def _ids(snapshot: Snapshot) -> dict[str, Callable[[str], bool]]:
    """How to see that a fact of a kind is there, by its id."""

    def column(service: str, table: str, *columns: str) -> set[str]:
        return {str(row[name]) for row in snapshot.rows(service, table) for name in columns}

    moves: dict[str, set[str]] = defaultdict(set)
    for row in snapshot.rows("applications", "application_move"):
        moves[row["action"]].add(str(row["application_id"]))
    deleted = {
        str(row["object"]).removeprefix("cycle/")
        for row in snapshot.rows("cycles", "journal")
        if row["action"] == "cycles.cycle.delete"
    }
    places: dict[str, set[str]] = {
        "session": column("identity", "auth_session", "sid", "person_id")
        | column("gateway", "browser_session", "session_id"),
        "consent": {
            str(row[name])
            for row in snapshot.rows("identity", "consent_event")
            if row["kind"] == "granted"
            for name in ("id", "person_id")
        },
        "cycle": column("cycles", "cycle", "id") | deleted,
        "plan_item": column("cycles", "plan_item", "id"),
        "application": column("applications", "application", "id"),
        "submitted": moves["submit"],
        "confirmed": moves["confirm"],
        "enrolled": moves["enrol"],
        "completed": moves["complete"] | moves["fail"],
        "credit_seen": column("cycles", "credit_entry", "id"),
        "document": column("applications", "issued_document", "id", "application_id", "check_code", "sha256"),
    }
    return {what: known.__contains__ for what, known in places.items()}


def _facts(snapshot: Snapshot, found: Inspection) -> None:
    present = _ids(snapshot)
    digests = {row["sha256"] for row in snapshot.rows("applications", "issued_document")}
    for fact in snapshot.history.facts:
        found.saw(FACTS)
        what, spot = fact["what"], f"history: {fact['what']} {fact['id']} was told to a client"
        if what not in present:
            found.wrong(f"{spot}, and nobody knows where to look for a {what}")
        elif not present[what](str(fact["id"])):
            found.wrong(f"{spot} and is not there", kind="lost")
        if fact.get("sha256") is not None and fact["sha256"] not in digests:
            found.wrong(f"{spot} with other bytes than are kept now", kind="lost")


def _path(call: Entry) -> str:
    return str(call["path"]).partition("?")[0].rstrip("/")


def _succeeded(call: Entry) -> bool:
    return call["status"] is not None and 200 <= call["status"] < 300


def _keyed_writes(snapshot: Snapshot, found: Inspection) -> None:
    kept = {
        service: {row["key"] for row in snapshot.rows(service, "idempotency_key")}
        for service in ("cycles", "applications")
    }
    for call in snapshot.history.calls:
        if call["method"] != "POST" or call["key"] is None or not _succeeded(call):
            continue
        for service, pattern in _KEYED:
            if pattern.fullmatch(_path(call)):
                found.saw(WRITES)
                if call["key"] not in kept[service]:
                    spot = f"{service}.idempotency_key: {call['method']} {_path(call)} was answered {call['status']}"
                    found.wrong(f"{spot} under key {call['key']}, which is not kept", kind="lost")


def _effects_of_keys(snapshot: Snapshot, found: Inspection) -> None:
    """A kept key has its answer, and what the answer names is there, once for each key."""
    known = {
        "plan_item_id": snapshot.by("cycles", "plan_item"),
        "cycle_id": snapshot.by("cycles", "cycle"),
        "application_id": snapshot.by("applications", "application"),
        "request_id": snapshot.by("applications", "support_request"),
    }
    ids = {name: {str(key) for key in rows} for name, rows in known.items()}
    gone = {
        str(row["object"]).partition("/")[2]
        for row in snapshot.rows("cycles", "journal")
        if row["action"] in {"cycles.cycle.delete", "cycles.plan.remove"}
    }
    made: dict[tuple[str, str], Any] = {}
    for service in ("cycles", "applications"):
        for row in snapshot.rows(service, "idempotency_key"):
            found.saw(KEYS)
            spot = f"{service}.idempotency_key: key {row['key']}"
            if row["response"] is None:
                found.wrong(f"{spot} has no answer")
                continue
            answer = orjson.loads(row["response"])
            name = next((name for name in known if answer.get(name) is not None), None)
            if name is None or answer[name] not in ids[name] | gone:
                found.wrong(f"{spot} has no effect", kind="lost")
            elif service == "cycles":
                if (name, answer[name]) in made:
                    found.wrong(f"{spot} and key {made[name, answer[name]]} made one {name} {answer[name]}")
                made[name, answer[name]] = row["key"]


def _moves(snapshot: Snapshot, found: Inspection) -> None:
    """A move of an application by its clients was made at most once for each key that was sent for it."""
    sent: dict[tuple[str, str], set[str]] = defaultdict(set)
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in snapshot.history.calls:
        match = _MOVE.fullmatch(_path(call))
        if call["method"] == "POST" and match and call["key"] is not None:
            subject = (match[1], match[2].replace("-", "_"))
            sent[subject].add(call["key"])
            if _succeeded(call):
                done[subject].add(call["key"])
    moves: dict[tuple[str, str], int] = defaultdict(int)
    for row in snapshot.rows("applications", "application_move"):
        action = "complete" if row["action"] == "fail" else row["action"]
        moves[str(row["application_id"]), action] += 1
    for (application, action), keys in sent.items():
        times = moves[application, action]
        spot = f"applications.application_move: {action} of {application} was made {times} times"
        if times > len(keys):
            found.wrong(f"{spot} for {len(keys)} keys", kind="doubled", count=times - len(keys))
        if times < len(done[application, action]):
            found.wrong(f"{spot}, {len(done[application, action])} were answered", kind="lost")


def _numbers(snapshot: Snapshot, found: Inspection) -> None:
    """Numbers of applications leave no gap: a missing one is an application that is gone."""
    numbers = [row["number"] for row in snapshot.rows("applications", "application")]
    found.saw(NUMBERS, len(numbers))
    for counter in snapshot.rows("applications", "application_number"):
        given = {f"NMO-{number:07d}-{counter['year']:04d}" for number in range(1, counter["last"] + 1)}
        for number in sorted(given - set(numbers)):
            found.wrong(f"applications.application: number {number} was given and is nobody's", kind="lost")
