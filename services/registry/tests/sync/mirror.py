"""What the mirror and the register hold, side by side, and what the events alone tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import text

from nmo_contracts.base import EventPayload
from nmo_contracts.registry import AccreditationRecordedV1, EducationRecordedV1
from nmo_kit import failpoints
from nmo_kit.messaging.envelope import Envelope
from nmo_registry.frmr.completing import completed
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Record
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


@dataclass
class Folded:
    """What a consumer knows from the events alone, by ids as the events write them."""

    people: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    educations: dict[str, dict[str, Any]] = field(default_factory=dict)
    employers: dict[str, list[str]] = field(default_factory=dict)

    def forget(self, specialist_id: str) -> None:
        """A person left, and everything about them."""
        del self.people[specialist_id]
        self.employers.pop(specialist_id, None)
        for shown in (self.documents, self.educations):
            for key in [key for key, data in shown.items() if data["specialist_id"] == specialist_id]:
                del shown[key]


def fold(events: list[Envelope]) -> Folded:
    """State that a consumer builds from the events alone."""
    known = Folded()
    last: dict[str, int] = {}
    for event in events:
        assert event.subjectversion > last.get(event.subject, 0), "events of one person come in order"
        last[event.subject] = event.subjectversion
        kind, data = event.type_name, event.data
        if kind in {"registry.specialist.recorded.v1", "registry.specialist.changed.v1"}:
            known.people[data["specialist_id"]] = data["register_version"]
        elif kind == "registry.specialist.removed.v1":
            known.forget(data["specialist_id"])
        elif kind == "registry.accreditation.recorded.v1":
            known.documents[data["document_id"]] = data
        elif kind == "registry.accreditation.removed.v1":
            del known.documents[data["document_id"]]
        elif kind == "registry.education.recorded.v1":
            known.educations[data["document_id"]] = data
        elif kind == "registry.education.removed.v1":
            del known.educations[data["document_id"]]
        elif kind == "registry.employment.changed.v1":
            known.employers[data["specialist_id"]] = data["employer_oids"]
    return known


def expected_fold(records: Iterable[Record]) -> Folded:
    """The same of records: all of them and nothing else."""
    wanted = Folded()
    for record in records:
        owner = str(record.specialist_id)
        wanted.people[owner] = record.version
        for document in record.documents:
            told = {**asdict(document), "specialist_id": owner, "document_id": document.id}
            wanted.documents[str(document.id)] = _as_told(AccreditationRecordedV1, told)
        for item in record.educations:
            told = {"specialist_id": owner, "document_id": item.id, "level": item.level}
            wanted.educations[str(item.id)] = _as_told(EducationRecordedV1, told)
        if record.employments:
            current = {job.employer_oid for job in record.employments if job.ended_on is None}
            wanted.employers[owner] = sorted(current)
    return wanted


def _as_told(model: type[EventPayload], values: dict[str, Any]) -> dict[str, Any]:
    return model.model_validate(values).model_dump(mode="json")


async def assert_events_tell_the_mirror(registry: Any, events: list[Envelope]) -> None:
    """The fold of the events is the mirror: nothing more, nothing less, nothing else (FRM-03)."""
    known, wanted = fold(events), expected_fold((await mirror_records(registry)).values())
    # An empty list of employers tells what no list tells.
    known.employers = {owner: oids for owner, oids in known.employers.items() if oids}
    wanted.employers = {owner: oids for owner, oids in wanted.employers.items() if oids}
    assert known == wanted
    counted = Counter(event.id for event in events)
    assert max(counted.values()) == 1
