"""Faults in what the clients saw."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from tests.chaos.checker.history import Entry, History
from tests.chaos.checker.planted.scene import Fault, NothingPlantedError, Scene, Spoilt, in_history


def _lost_fact(history: History) -> tuple[History, str]:
    told = {**history.facts[0], "what": "application", "id": str(uuid4())}
    return replace(history, facts=[*history.facts, told]), f"application {told['id']} was told to a client"


def _other_bytes(history: History) -> tuple[History, str]:
    told = next(fact for fact in history.facts if fact["what"] == "document")
    return replace(history, facts=[*history.facts, {**told, "sha256": "0" * 64}]), f"document {told['id']}"


def _unkept_key(history: History) -> tuple[History, str]:
    key = str(uuid4())
    call = {"method": "POST", "path": "/api/v1/cycles", "key": key, "status": 201}
    return replace(history, calls=[*history.calls, call]), key


def _worked(credential: str, where: str, age_s: float) -> Entry:
    return {"credential": credential, "where": where, "age_s": age_s, "status": 200}


def _old_session(history: History) -> tuple[History, str]:
    spoilt = replace(history, replays=[*history.replays, _worked("session", "gateway", 2.5)])
    return spoilt, "a session tried at gateway 2.5 s after its end was answered 200"


def _old_role(history: History) -> tuple[History, str]:
    spoilt = replace(history, replays=[*history.replays, _worked("role", "applications", 5.5)])
    return spoilt, "a role tried at applications 5.5 s after its end was answered 200"


def _old_hop_token(history: History) -> tuple[History, str]:
    spoilt = replace(history, replays=[*history.replays, _worked("service_token", "cycles", 131.0)])
    return spoilt, "a service_token tried at cycles 131.0 s after its end was answered 200"


@asynccontextmanager
async def _not_delivered(scene: Scene) -> AsyncIterator[Spoilt]:
    """An event that is still owed: those of whoever took the consent back are owed no more."""
    rows = scene.snapshot.rows("notifications", "partner_event")
    owed = {str(row["event_id"]) for row in rows if row["body"] is not None}
    history = scene.snapshot.history
    gone = next(e for e in reversed(history.received) if e["way"] == "webhook" and _id(e) in owed)
    left = [e for e in history.received if e["way"] != "webhook" or _id(e) != _id(gone)]
    snapshot = replace(scene.snapshot, history=replace(history, received=left))
    yield Spoilt(snapshot, f"by webhook did not get event {_id(gone)}")


def _swapped(history: History) -> tuple[History, str]:
    """Two events of one subject, the later one first."""
    received = list(history.received)
    for place, entry in enumerate(received):
        if entry["way"] != "amqp":
            continue
        for later in range(place + 1, len(received)):
            other = received[later]
            if other["way"] == "amqp" and other["event"]["subject"] == entry["event"]["subject"]:
                received[place], received[later] = other, entry
                return replace(history, received=received), f"got event {_id(entry)}"
    raise NothingPlantedError("no subject has two events by amqp")


def _unknown(history: History) -> tuple[History, str]:
    found = _last(history, "amqp")
    extra = {**found, "event": {**found["event"], "id": str(uuid4())}}
    spoilt = replace(history, received=[*history.received, extra])
    return spoilt, f"by amqp got event {_id(extra)}, which is not in its log"


def _other_content(history: History) -> tuple[History, str]:
    found = _last(history, "pull")
    again = {**found, "event": {**found["event"], "subjectversion": 999}}
    spoilt = replace(history, received=[*history.received, again])
    return spoilt, f"by pull got event {_id(found)} a second time with other content"


def _last(history: History, way: str) -> Entry:
    return next(entry for entry in reversed(history.received) if entry["way"] == way)


def _id(entry: dict[str, Any]) -> str:
    return str(entry["event"]["id"])


HISTORY: Final[Sequence[Fault]] = (
    Fault("I1", "a webhook never came", _not_delivered),
    Fault("I1", "a partner got two events of a subject in the wrong order", in_history(_swapped)),
    Fault("I1", "a partner got an event that is not in its log", in_history(_unknown)),
    Fault("I1", "an event came again with other content", in_history(_other_content)),
    Fault("I6", "a client was told of an application that is not there", in_history(_lost_fact)),
    Fault("I6", "a client has a document with other bytes", in_history(_other_bytes)),
    Fault("I6", "a write was answered 201 and its key is not kept", in_history(_unkept_key)),
    Fault("I7", "a revoked session was answered 200", in_history(_old_session)),
    Fault("I7", "a revoked role was answered 200 inside", in_history(_old_role)),
    Fault("I7", "an internal token outlived its 120 s and the leeway", in_history(_old_hop_token)),
)
