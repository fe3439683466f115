"""Any bytes as a line of the dump, any JSON as a card: a record or a reason, never anything else (FRM-01, FRM-02)."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmo_contracts.base import EventPayload
from nmo_contracts.registry import (
    AccreditationRecordedV1,
    EmploymentChangedV1,
    SpecialistChangedV1,
    SpecialistRecordedV1,
    SpecialistRemovedV1,
)
from nmo_kit.crypto import FieldCipher
from nmo_registry.frmr.completing import completed, part_of
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import BLOCKS, Record, changed_fields
from nmo_registry.frmr.values import CardUnreadableError
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.specialists import events
from nmo_registry.specialists.commands.record_people import Told
from nmo_registry.sync.lines import END, LineReader, Unreadable, read_line
from nmo_sandbox.frmr import synthetic

pytestmark = pytest.mark.req("FRM-01", "FRM-02")
FEW = settings(max_examples=80, deadline=None)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NASTY = st.sampled_from(
    [
        "\x00",
        "а\x00б",
        "NaN",
        "Infinity",
        "-1e999",
        "1000",
        10**30,
        -(2**40),
        1e308,
        "0000-00-00",
        "9999-12-31T23:59",
        "",
    ]
)
SOURCES = (
    "previousNames",
    "educationCommon",
    "educationProf",
    "educationPostgraduate",
    "educationExt",
    "educationCert",
    "personAccreditation",
    "personCards",
    "personQualification",
    "personNomination",
)
FAULTS = {
    *(f"{source}.{field}" for source in SOURCES for field in ("item", "too long", "id")),
    "educationCert.certId",
    "educationCert.examDate",
    "personCards.organization",
    "personAccreditation.accreditationProcedures",
    *(f"accreditationProcedures.{field}" for field in ("item", "too long", "passDate")),
}
CARDS = st.builds(synthetic.card, st.integers(1, 3_000_000), st.integers(0, 5))


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a card."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([before] if before else []), *(p for key, item in inner for p in paths(item, (*before, key)))]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A card with a few places changed to anything, or gone."""
    card = deepcopy(draw(CARDS))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(paths(card)))
        place: Any = card
        for step in way:
            place = place[step]
        if isinstance(place, dict) and draw(st.booleans()):
            place.pop(last)
        else:
            place[last] = draw(ANYTHING | NASTY)
    return card


@FEW
@given(spoilt())
def test_a_spoilt_card_is_a_record_fit_for_the_mirror_or_a_reason_without_its_values(card: dict[str, Any]):
    try:
        record = read_card(card)
    except CardUnreadableError as error:
        named = str(error).partition(":")[0]
        assert named in {
            "oid",
            "snils",
            "birthDate",
            "lastName",
            "gender",
            "too long",
            *SOURCES,
        }
        return
    assert_fit(record)
    assert FAULTS.issuperset(record.faults)
    assert record.absent or not record.faults


def assert_fit(record: Record) -> None:
    """What the tables, the events and the digest take."""
    assert len(record.version) == 32
    told = [event for event in events.recorded(record) if event.model_dump_json()]
    assert len(told) >= 1 + len(record.documents) + len(record.educations)
    for block in BLOCKS:
        ids = [child.id for child in getattr(record, block)]
        assert ids == sorted(set(ids))
    for text in texts_of(record):
        # PostgreSQL takes no zero character, UTF-8 no half of a pair.
        assert "\x00" not in text
        text.encode()
    for job in record.employments:
        assert job.rate.is_finite()
        assert abs(job.rate) < Decimal(1000)
    for education in record.educations:
        assert education.hours is None or -(2**31) <= education.hours < 2**31


def texts_of(record: Record) -> list[str]:
    """Every text of a record."""
    children = [child for block in BLOCKS for child in getattr(record, block)]
    values = [getattr(item, name) for item in (record, *children) for name in type(item).__dataclass_fields__]
    return [value for value in values if isinstance(value, str)]


@FEW
@given(st.binary(max_size=200) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_line_that_is_told_apart(line: bytes):
    found = read_line(line)
    assert found is END or isinstance(found, (Record, Unreadable))


@FEW
@given(CARDS, st.data())
def test_a_broken_line_never_takes_its_neighbours_along(card: dict[str, Any], data: st.DataObject):
    whole = orjson.dumps(card)
    at = data.draw(st.integers(0, len(whole) - 1))
    hit = data.draw(
        st.sampled_from(
            [
                whole[:at],
                whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :],
                whole.decode().encode("cp1251"),
            ]
        )
    )
    whole = [orjson.dumps(synthetic.card(number, 1)) for number in (7_000_001, 7_000_002)]
    batch = LineReader(CardBooks(), FieldCipher(bytes(32), bytes(range(32)))).read([whole[0], hit, whole[1]])
    assert batch.lines == 3
    assert len(batch.people) + len(batch.unreadable) + batch.nameless == 3
    assert {synthetic.oid_of(7_000_001), synthetic.oid_of(7_000_002)} <= batch.people.keys()


@FEW
@given(CARDS, st.randoms(use_true_random=False))
def test_order_and_unknown_fields_of_a_card_do_not_change_its_digest(card: dict[str, Any], dice: Any):
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(item)) for key, item in value.items()]
            dice.shuffle(items)
            return {**dict(items), "futureField": dice.random()}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    assert read_card(shuffled(card)).version == read_card(card).version


@FEW
@given(CARDS, CARDS, st.sets(st.sampled_from(SOURCES)))
def test_equal_digests_mean_equal_content_and_no_event(
    one: dict[str, Any], other: dict[str, Any], left_out: set[str]
):
    before = completed(read_card(one), None)
    came = {name: value for name, value in other.items() if name not in left_out} | {"oid": one["oid"]}
    fetched = read_card(came)
    after = completed(fetched, before)
    changed = changed_fields(before, after)
    assert (before.version == after.version) == (not changed) == (not events.changed(before, after))
    assert len(fetched.absent) == len(left_out)
    for block in BLOCKS:
        kept = {item for item in getattr(before, block) if part_of(block, item) in fetched.absent}
        assert kept <= set(getattr(after, block)), "a part that is left out is kept"
    assert events.changed(before, before) == []


@pytest.mark.req("FRM-03")
@FEW
@given(st.lists(st.none() | CARDS, min_size=1, max_size=8))
def test_the_fold_of_the_events_is_the_newest_card_whatever_came_before(states: list[dict[str, Any] | None]):
    """A person's cards one after another, None where they left the register."""
    told, before, there = Told(), None, False
    for card in states:
        after = None if card is None else completed(read_card({**card, "oid": "2025.0000001"}), before)
        happened = []
        if after is None and there and before is not None:
            happened = events.removed(before)
        elif after is not None:
            happened = events.changed(before, after) if there and before else events.recorded(after)
        told.follow(happened, last_version=len(told) + len(happened))
        before, there = after or before, after is not None
    assert [version for _, version in told] == list(range(1, len(told) + 1))
    person, documents, employers = folded([event for event, _ in told])
    assert (before is not None and there) == (person is not None)
    if before is None or not there:
        return
    assert person == before.version
    assert {item.id for item in before.documents} <= documents.keys()
    assert all(documents[item.id].exam_on == item.exam_on for item in before.documents)
    assert employers == sorted({job.employer_oid for job in before.employments if job.ended_on is None})


def folded(happened: list[EventPayload]) -> tuple[str | None, dict[UUID, AccreditationRecordedV1], list[str]]:
    """What a consumer keeps: version of the person, documents by id, employers."""
    person: str | None = None
    documents: dict[UUID, AccreditationRecordedV1] = {}
    employers: list[str] = []
    for event in happened:
        match event:
            case SpecialistRecordedV1():
                person, employers = event.register_version, []
            case SpecialistChangedV1():
                person = event.register_version
            case SpecialistRemovedV1():
                person = None
            case AccreditationRecordedV1():
                documents[event.document_id] = event
            case EmploymentChangedV1():
                employers = event.employer_oids
    return person, documents, employers


def test_the_digest_of_a_card_never_changes_with_the_program():
    """Otherwise a new version of the portal would take every person of the mirror for a changed one."""
    card = synthetic.card(1, 1)
    assert read_card(card).version == "f13b16ff5cd9e84280a4833db3259164"
    for job in card["personCards"]:
        del job["nrPmuDepartName"]
    for accreditation in card["personAccreditation"]:
        del accreditation["regNumber"]
        for procedure in accreditation["accreditationProcedures"]:
            del procedure["registryNumber"], procedure["protocolNumber"]
    assert read_card(card).version == "f02ca5aad468cb8df1de8880af5b11ca"
    later = ("educationPostgraduate", "educationExt", "personQualification", "personNomination")
    without = {**card, **{block: [] for block in later}}
    assert read_card(without).version == "917484f992825a1df6ced4072adc14e0"
