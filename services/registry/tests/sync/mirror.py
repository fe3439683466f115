"""What the mirror and the register hold, side by side, and what the events alone tell."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from nmo_kit import failpoints
from nmo_kit.messaging.envelope import Envelope
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Record, completed
from nmo_registry.specialists.queries import stored_people


def upstream_records(upstream: Any) -> dict[str, Record]:
    state = upstream.state
    oids = state.all_oids(0, 10_000)
    return {oid: completed(read_card(state.card(oid=oid)), None) for oid in oids}


async def mirror_records(registry: Any) -> dict[str, Record]:
    async with registry.db.read() as session:
        oids = (
            await session.execute(text("select register_oid from specialist where removed_at is null"))
        ).scalars()
        people = await stored_people(session, list(oids), registry.cipher)
    return {oid: person.record for oid, person in people.items()}


async def follow_to_end(registry: Any, attempts: int = 200) -> None:
    for _ in range(attempts):
        try:
            done = await registry.follower.follow(force=True)
        except failpoints.FailpointRaisedError:
            continue
        if done.complete:
            return
    raise AssertionError("the feed was not read to its end")


def fold(events: list[Envelope]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """State that a consumer builds from the events alone: versions of people, documents by id."""
    people: dict[str, str] = {}
    documents: dict[str, dict[str, Any]] = {}
    last: dict[str, int] = {}
    for event in events:
        assert event.subjectversion > last.get(event.subject, 0), "events of one person come in order"
        last[event.subject] = event.subjectversion
        kind, data = event.type_name, event.data
        if kind in {"registry.specialist.recorded.v1", "registry.specialist.changed.v1"}:
            people[data["specialist_id"]] = data["register_version"]
        elif kind == "registry.specialist.removed.v1":
            people.pop(data["specialist_id"])
        elif kind == "registry.accreditation.recorded.v1":
            documents[data["document_id"]] = data
    return people, documents


async def assert_events_tell_the_mirror(registry: Any, events: list[Envelope]) -> None:
    people, documents = fold(events)
    mirror = await mirror_records(registry)
    assert people == {str(record.specialist_id): record.version for record in mirror.values()}
    for record in mirror.values():
        for document in record.documents:
            told = documents[str(document.id)]
            assert told["number"] == document.number
            assert told["kind"] == document.kind
            assert told["exam_on"] == document.exam_on.isoformat()
    counted = Counter(event.id for event in events)
    assert max(counted.values()) == 1
