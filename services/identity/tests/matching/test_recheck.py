"""MAT-04: a correction in the register lets the person in without their asking and without staff."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_contracts.registry import SpecialistChangedV1, SpecialistRecordedV1, SpecialistRemovedV1
from nmo_identity.matching.commands.look_for_absent import look_for_absent
from nmo_identity.matching.commands.retry_due import retry_due_matches
from nmo_identity.matching.consumers import on_register_changed
from nmo_identity.matching.rules import REASONS, explanation, improved
from nmo_kit import clock
from nmo_testkit.messages import deliver, drain_outbox


async def enter(portal: Any, **person: Any) -> str:
    handle: str = (await portal.sign_in(**person))["session"]["handle"]
    assert (await portal.agree(handle)).status_code == 201
    await drain_outbox(portal.db)
    return handle


async def worker(portal: Any, seconds: float = 0.0) -> int:
    """One turn of the worker's timers, so much later."""
    extras, at = portal.runtime.extras, clock.now() + timedelta(seconds=seconds)
    await look_for_absent(portal.db, extras["register"], extras["cipher"], now=at)
    return await retry_due_matches(portal.db, extras["register"], extras["cipher"], now=at)


async def told(portal: Any) -> list[tuple[str, str | None]]:
    return [(event.type_name, event.data.get("outcome")) for event in await drain_outbox(portal.db)]


async def watched(portal: Any) -> int:
    async with portal.db.read() as session:
        count: int = (await session.execute(text("select count(*) from match_watch"))).scalar_one()
    return count


@pytest.mark.req("MAT-04", "MAT-07")
async def test_corrected_record_lets_the_person_in_by_itself(portal: Any, helpers: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    handle = await enter(portal)
    assert (await portal.me(handle))["entry"] == "conflict"
    portal.register.says("exact")
    changed = SpecialistChangedV1(
        specialist_id=helpers.specialist, register_version="8", changed=["patronymic"]
    )
    await deliver(portal.db, on_register_changed, changed)
    assert await worker(portal) == 1
    assert (await portal.me(handle))["entry"] == "full"
    assert await told(portal) == [
        ("identity.person.matched.v1", "exact"),
        ("identity.match.corrected.v1", "exact"),
    ]
    rows = await portal.journal("action = 'match.checked'")
    assert [(row["result"], row["reason"]) for row in rows] == [("conflict", None), ("exact", "recheck")]
    assert await watched(portal) == 0
    await deliver(portal.db, on_register_changed, changed, version=2)
    assert await worker(portal, 3600) == 1, "who is in is compared again, too"
    assert await told(portal) == []


@pytest.mark.req("MAT-04")
@pytest.mark.parametrize("model", [SpecialistRecordedV1, SpecialistRemovedV1])
async def test_every_kind_of_change_is_looked_at(portal: Any, helpers: Any, model: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    handle = await enter(portal)
    portal.register.says("not_found")
    await deliver(
        portal.db, on_register_changed, model(specialist_id=helpers.specialist, register_version="8")
    )
    assert await worker(portal) == 1
    assert (await portal.me(handle))["entry"] == "limited"


@pytest.mark.req("MAT-04")
@pytest.mark.parametrize(
    ("change", "outcome", "entry"),
    [
        (None, "not_found", "limited"),
        ("last_name", "conflict", "conflict"),
        ("former_names", "weak", "weak"),
        ("snils", "not_found", "limited"),
    ],
)
async def test_who_is_in_is_compared_again_when_the_record_leaves_or_tells_otherwise(
    portal: Any, helpers: Any, change: str | None, outcome: str, entry: str
) -> None:
    portal.register.says("exact")
    handle = await enter(portal)
    other = SpecialistChangedV1(
        specialist_id=helpers.specialist, register_version="8", changed=["educations", "employments"]
    )
    await deliver(portal.db, on_register_changed, other)
    assert await worker(portal, 3600) == 0, "nothing of this was compared"

    fields = {"last_name": outcome} if outcome in {"conflict", "weak"} else {}
    portal.register.says(outcome, **fields)
    told: Any = SpecialistRemovedV1(specialist_id=helpers.specialist)
    if change is not None:
        told = SpecialistChangedV1(
            specialist_id=helpers.specialist, register_version="9", changed=[change, "employments"]
        )
    assert (await portal.me(handle))["entry"] == "full"
    await deliver(portal.db, on_register_changed, told, version=2)
    assert await worker(portal) == 1
    assert (await portal.me(handle))["entry"] == entry
    assert await watched(portal) == 1
    told_of = [event.type_name for event in await drain_outbox(portal.db)]
    assert told_of == ([] if outcome == "weak" else ["identity.person.mismatched.v1"])

    await deliver(portal.db, on_register_changed, other, version=3)
    portal.register.says("exact")
    portal.register.held.add("97116165616")
    assert await worker(portal, 60) == 1, "a record that is mended lets the person in again"
    assert (await portal.me(handle))["entry"] == "full"


@pytest.mark.req("MAT-04")
async def test_who_was_found_elsewhere_since_is_left_alone(portal: Any, helpers: Any) -> None:
    portal.register.says("exact")
    await enter(portal)
    portal.register.says("not_found")
    removed = SpecialistRemovedV1(specialist_id=helpers.specialist)
    await deliver(portal.db, on_register_changed, removed)
    assert await worker(portal) == 1
    await deliver(portal.db, on_register_changed, removed, version=2)
    assert await worker(portal) == 0


@pytest.mark.req("MAT-04")
async def test_other_peoples_records_ask_nothing(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    await enter(portal)
    other = SpecialistRecordedV1(specialist_id=uuid4(), register_version="1")
    await deliver(portal.db, on_register_changed, other)
    assert await worker(portal) == 0


@pytest.mark.req("MAT-04", "MAT-05")
async def test_record_that_appears_is_found_within_half_a_minute(portal: Any) -> None:
    portal.register.says("not_found")
    handle = await enter(portal)
    assert await worker(portal, 1) == 0
    assert portal.register.looked_for == [["97116165616"]]
    assert await worker(portal, 15) == 0
    assert len(portal.register.looked_for) == 1, "each person once in twenty seconds"
    portal.register.says("exact")
    portal.register.held.add("97116165616")
    asked = len(portal.register.asked)
    assert await worker(portal, 22) == 1
    assert len(portal.register.asked) == asked + 1
    assert not portal.register.asked[-1]["refresh"], "the mirror has it, its source is left alone"
    assert (await portal.me(handle))["entry"] == "full"
    assert ("identity.match.corrected.v1", "exact") in await told(portal)


@pytest.mark.req("MAT-04", "SSO-04")
async def test_who_took_the_consent_back_is_looked_for_no_more(portal: Any, helpers: Any) -> None:
    portal.register.says("not_found")
    handle = await enter(portal)
    await portal.client.delete("/api/v1/me/consents", headers=await portal.headers(handle))
    portal.register.held.add("97116165616")
    assert await worker(portal, 1) == 0
    assert (portal.register.looked_for, await watched(portal)) == ([], 0)


@pytest.mark.req("MAT-04")
async def test_register_down_keeps_the_watch(portal: Any) -> None:
    portal.register.says("not_found")
    await enter(portal)
    portal.register.down = True
    assert await worker(portal, 1) == 0
    portal.register.down = False
    portal.register.held.add("97116165616")
    assert await worker(portal, 63) == 1


@pytest.mark.req("MAT-01", "MAT-04")
async def test_weak_match_is_watched_until_the_persons_word(portal: Any) -> None:
    portal.register.says("weak", patronymic="weak")
    handle = await enter(portal)
    assert await watched(portal) == 1
    await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    assert await watched(portal) == 0


@pytest.mark.req("MAT-04")
async def test_conflict_that_becomes_weak_asks_for_the_persons_word(portal: Any, helpers: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    handle = await enter(portal)
    portal.register.says("weak", patronymic="weak")
    changed = SpecialistChangedV1(specialist_id=helpers.specialist, register_version="8", changed=[])
    await deliver(portal.db, on_register_changed, changed)
    await worker(portal)
    assert (await portal.me(handle))["entry"] == "weak"
    assert await told(portal) == [("identity.match.corrected.v1", "weak")]


@pytest.mark.req("MAT-04")
async def test_corrected_data_of_esia_are_compared_at_the_next_sign_in(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    await enter(portal)
    portal.register.says("exact")
    handle = (await portal.sign_in(middleName="Андреевна"))["session"]["handle"]
    assert portal.register.asked[-1]["patronymic"] == "Андреевна"
    assert portal.register.asked[-1]["refresh"], "who is not let in is looked up past the mirror"
    assert (await portal.me(handle))["entry"] == "full"


@pytest.mark.req("MAT-04", "P11")
async def test_sign_ins_without_end_do_not_press_the_register(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    await enter(portal)
    for _ in range(5):
        await portal.sign_in()
    past_the_mirror = [asked["refresh"] for asked in portal.register.asked]
    assert past_the_mirror == [False, True, True, True, False, False]


@pytest.mark.req("MAT-06")
async def test_reason_of_each_difference_is_told_in_russian(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict", last_name="equivalent")
    me = await portal.me(await enter(portal))
    said = {item["field"]: item["explanation"] for item in me["match"]["fields"]}
    assert said["patronymic"] == REASONS["different"]
    assert said["last_name"] == REASONS["case_or_letters"]
    assert said["first_name"] is None


def test_outcomes_are_ordered_by_how_far_they_let_in() -> None:
    assert improved("conflict", "exact")
    assert improved("not_found", "weak")
    assert improved("weak", "equivalent")
    assert not improved("conflict", "not_found")
    assert not improved("exact", "equivalent")
    assert explanation("", "equal") is None
    assert explanation("absent", "equivalent") == "Отчества нет в обоих источниках."


@pytest.mark.req("MAT-04", "T06")
async def test_record_behind_a_typed_number_is_not_found_again_and_again(portal: Any, newcomer: Any) -> None:
    """Else a row of the journal each half minute would tell the stranger that the register holds the number."""
    portal.register.says("conflict", last_name="conflict")
    person = newcomer(snils="971-161-656 16")
    handle = await person.settle()
    assert (await portal.agree(handle)).status_code == 201
    portal.register.held.add("97116165616")
    asked = len(portal.register.asked)
    assert portal.register.asked[-1]["purpose"] == "typed_data"
    rows = await portal.journal("action = 'match.checked'")
    for later in (30, 60, 90):
        await worker(portal, later)
    assert len(portal.register.asked) == asked
    assert len(await portal.journal("action = 'match.checked'")) == len(rows)
