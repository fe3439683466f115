"""The mirror follows the register: equal to it, in one event a change, whatever is killed (FRM-01, FRM-02, FRM-03)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from nmo_kit import failpoints
from nmo_kit.messaging.envelope import Envelope
from nmo_registry.sync import queries
from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import (
    assert_events_tell_the_mirror,
    follow_to_end,
    mirror_records,
    upstream_records,
)

STEPS = (
    "registry.sync.page_read",
    "registry.sync.page_written",
    "registry.sync.page_committed",
    "db.before_commit",
    "db.after_commit",
)


async def hurry(registry: Any) -> None:
    """The cards set aside are due now."""
    async with registry.db.write() as session:
        await session.execute(text("update sync_quarantine set next_attempt_at = now()"))


@pytest.mark.req("FRM-01", "FRM-02", "FRM-03")
async def test_mirror_equals_register_after_first_pass(registry: Any, upstream: Any) -> None:
    done = await registry.follower.follow()

    expected = upstream_records(upstream)
    assert done.complete
    assert done.applied == len(expected) == 9
    assert await mirror_records(registry) == expected
    await assert_events_tell_the_mirror(registry, await drain_outbox(registry.db))


@pytest.mark.req("FRM-02")
async def test_second_pass_writes_nothing(registry: Any) -> None:
    await registry.follower.follow()
    await drain_outbox(registry.db)

    again = await registry.follower.follow()

    assert (again.applied, again.seen, again.complete) == (0, 0, True)
    assert await drain_outbox(registry.db) == []


@pytest.mark.req("FRM-02", "FRM-03")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("hit", [1, 2, 3])
async def test_stopped_at_any_step_loses_and_repeats_nothing(
    registry: Any, upstream: Any, step: str, hit: int
) -> None:
    failpoints.configure(f"{step}:raise@{hit}")

    await follow_to_end(registry)

    assert await mirror_records(registry) == upstream_records(upstream)
    await assert_events_tell_the_mirror(registry, await drain_outbox(registry.db))
    async with registry.db.read() as session:
        recorded = await session.execute(
            text("select count(*) from outbox where routing_key = 'registry.specialist.recorded.v1'")
        )
        assert recorded.scalar_one() == 9


@pytest.mark.req("FRM-02", "FRM-03")
async def test_random_stops_during_bulk_changes(registry: Any, upstream: Any) -> None:
    upstream.state.generate(40, seed=7)
    failpoints.configure(",".join(f"{step}:raise@15%" for step in STEPS[:3]))
    events: list[Envelope] = []
    for round_ in range(3):
        for number in range(1, 6):
            upstream.patch(f"2025.{number + round_:07d}", firstName=f"Имя{'а' * (round_ + 1)}")
        upstream.state.remove_card(upstream.state.card(oid=f"2025.{30 + round_:07d}"))
        await follow_to_end(registry)
        events += await drain_outbox(registry.db)

    assert await mirror_records(registry) == upstream_records(upstream)
    await assert_events_tell_the_mirror(registry, events)


@pytest.mark.req("FRM-03")
async def test_change_tells_names_of_fields_and_only_once(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    await drain_outbox(registry.db)
    upstream.patch("match", lastName="Журавская-Белова")

    await registry.follower.follow()
    await registry.follower.follow()

    events = await drain_outbox(registry.db)
    assert [event.type_name for event in events] == ["registry.specialist.changed.v1"]
    assert events[0].data["changed"] == ["last_name"]
    assert "Журавская" not in events[0].to_bytes().decode()


@pytest.mark.req("FRM-05")
async def test_issued_certificate_replaces_the_protocol_under_the_same_id(
    registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()
    before = next(
        e for e in await drain_outbox(registry.db) if e.data.get("kind") == "accreditation_protocol"
    )
    card = upstream.state.card(key="protocol")
    issued = [{**card["personAccreditation"][0], "docSerial": "7726", "docNumber": "031999001"}]
    upstream.patch("protocol", personAccreditation=issued)

    await registry.follower.follow()

    after = next(
        e for e in await drain_outbox(registry.db) if e.type_name == "registry.accreditation.recorded.v1"
    )
    assert after.data["document_id"] == before.data["document_id"]
    assert (after.data["kind"], after.data["number"]) == ("accreditation", "031999001")
    assert before.data["number"] == "000000000"


@pytest.mark.req("FRM-01")
async def test_missing_block_is_not_an_empty_one(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    before = (await mirror_records(registry))[upstream.state.card(key="match")["oid"]]
    card = upstream.state.card(key="match")
    short = {name: value for name, value in card.items() if name not in {"personCards", "educationCert"}}
    upstream.state.put_card({**short, "personQualification": []})

    await registry.follower.follow()

    after = (await mirror_records(registry))[card["oid"]]
    assert after.employments == before.employments
    assert after.certificates == before.certificates
    assert before.categories
    assert after.categories == ()


@pytest.mark.req("FRM-03")
async def test_removed_and_returned_person(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    await drain_outbox(registry.db)
    card = upstream.state.card(key="many")

    upstream.state.remove_card(card)
    await registry.follower.follow()
    gone = await drain_outbox(registry.db)
    upstream.state.put_card(card, key="many")
    await registry.follower.follow()
    back = await drain_outbox(registry.db)

    assert [event.type_name for event in gone] == ["registry.specialist.removed.v1"]
    assert back[0].type_name == "registry.specialist.recorded.v1"
    assert back[0].subjectversion == gone[0].subjectversion + 1
    assert await mirror_records(registry) == upstream_records(upstream)


@pytest.mark.req("FRM-02", "FRM-10")
@pytest.mark.parametrize("fault", [{"down": True}, {"broken_json": True}, {"error_every": 1}])
async def test_silent_register_is_shown_and_asked_later(
    registry: Any, upstream: Any, fault: dict[str, Any]
) -> None:
    await registry.follower.follow()
    upstream.patch("weak", phone=None, firstName="Арсен")
    await upstream.faults(**fault)

    failed = await registry.follower.follow()
    paused = await registry.follower.follow()

    assert failed.error is not None
    assert (paused.seen, paused.error) == (0, failed.error)
    async with registry.db.read() as session:
        progress = await queries.state(session)
    assert progress.failures == 1
    assert progress.last_success_at < progress.last_error_at < progress.next_attempt_at
    await upstream.faults()
    assert (await registry.follower.follow(force=True)).applied == 1
    assert await mirror_records(registry) == upstream_records(upstream)


@pytest.mark.req("FRM-02")
async def test_unreadable_card_waits_aside_and_comes_in_when_mended(registry: Any, upstream: Any) -> None:
    card = upstream.state.card(key="foreign")
    upstream.patch("foreign", birthDate=None)

    done = await registry.follower.follow()

    assert done.complete
    async with registry.db.write() as session:
        rows = await session.execute(
            text("update sync_quarantine set next_attempt_at = now() returning reason")
        )
        assert rows.scalars().all() == ["unreadable: birthDate"]
    upstream.state.put_card(card)
    await registry.follower.follow()
    async with registry.db.read() as session:
        assert await queries.quarantine_size(session) == 0
    assert await mirror_records(registry) == upstream_records(upstream)


@pytest.mark.req("FRM-02", "FRM-10")
async def test_broken_answers_about_some_cards_stop_neither_the_feed_nor_its_age(
    registry: Any, upstream: Any
) -> None:
    upstream.state.generate(8, seed=12)
    await follow_to_end(registry)
    struck = ["2025.0000003", "2025.0000006"]
    for oid in struck:
        upstream.patch(oid, lastName="Иная")
    await upstream.faults(card_encoding=3)
    attempts, confirmed = [], []
    for _ in range(2):
        done = await registry.follower.follow()
        assert (done.complete, done.error) == (True, None)
        async with registry.db.read() as session:
            waiting = await queries.in_quarantine(session, reason=None, after="", limit=9)
            confirmed.append((await queries.state(session)).last_success_at)
        assert [row.register_oid for row in waiting] == struck
        attempts.append([row.attempts for row in waiting])
        await hurry(registry)
    assert attempts == [[1, 1], [2, 2]]
    assert confirmed[0] < confirmed[1]
    await upstream.faults(card_encoding=1)
    assert (await registry.follower.follow()).error is not None
    async with registry.db.read() as session:
        assert (await queries.state(session)).last_success_at > confirmed[1]
    await upstream.faults()
    await registry.follower.follow(force=True)
    assert await mirror_records(registry) == upstream_records(upstream)


async def test_two_records_of_one_snils_do_not_stop_the_feed(registry: Any, upstream: Any) -> None:
    twin = {**upstream.state.card(key="match"), "oid": "2024.0009999"}
    upstream.state.put_card(twin)

    done = await registry.follower.follow()

    assert done.complete
    assert "2024.0009999" not in await mirror_records(registry)
    upstream.state.remove_card(upstream.state.card(key="match"))
    await hurry(registry)
    await registry.follower.follow()
    assert await mirror_records(registry) == upstream_records(upstream)


@pytest.mark.req("FRM-02")
async def test_rebuilt_feed_is_read_anew_without_events(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    await drain_outbox(registry.db)
    upstream.state.feed_id = "another"

    done = await registry.follower.follow()

    assert (done.complete, done.applied, done.seen) == (True, 0, 9)
    assert await drain_outbox(registry.db) == []


async def test_refusal_is_shown_in_the_progress(registry: Any, upstream: Any) -> None:
    upstream.state.put_client("NMO-TEST", {"certificate_pem": ""})

    done = await registry.follower.follow()

    assert done.error is not None
    assert "401" in done.error


@pytest.mark.req("FRM-01", "P22")
async def test_snils_and_birth_date_are_sealed_in_the_database(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    snils = upstream.state.card(key="match")["snils"]
    born = upstream.state.card(key="match")["birthDate"][:10]

    async with registry.db.read() as session:
        dump = (await session.execute(text("select string_agg(s::text, ' ') from specialist s"))).scalar_one()
        told = (
            await session.execute(text("select string_agg(convert_from(body, 'utf8'), ' ') from outbox"))
        ).scalar_one()

    assert snils not in dump
    assert snils.encode().hex() not in dump
    assert snils not in told
    assert born not in dump
    assert born not in told


@pytest.mark.req("FRM-01", "FRM-02")
async def test_cards_that_no_table_takes_do_not_stop_the_others(registry: Any, upstream: Any) -> None:
    upstream.state.generate(8, seed=14)
    await follow_to_end(registry)
    job, study = (
        upstream.state.card(oid="2025.0000001")[block] for block in ("personCards", "educationProf")
    )
    upstream.patch("2025.0000001", lastName="Бе\x00лова")
    upstream.patch(
        "2025.0000002", personCards=[{**job[0], "rate": "NaN"}, {**job[0], "id": "2", "rate": 1e9}]
    )
    upstream.patch("2025.0000003", educationProf=[{**study[0], "hoursCount": 2**40}])
    upstream.patch("2025.0000004", firstName="А" * 70_000)
    upstream.patch("2025.0000005", personCards=[{**job[0], "organization": "1." * 100}])
    upstream.patch("2025.0000006", personCards=[{**job[0], "id": str(number)} for number in range(501)])
    upstream.patch("2025.0000007", firstName="Вера")

    done = await registry.follower.follow()

    assert done.complete
    mirror = await mirror_records(registry)
    assert mirror["2025.0000001"].last_name == "Белова"
    assert [item.rate for item in mirror["2025.0000002"].employments] == [0, 0]
    studies = mirror["2025.0000003"].educations
    assert [item.hours for item in studies if item.kind == "professional"] == [None]
    assert mirror["2025.0000007"].first_name == "Вера"
    async with registry.db.read() as session:
        reasons = await queries.quarantine_reasons(session)
    assert set(reasons) == {
        "unreadable: too long", "incomplete: personCards.organization", "unreadable: personCards",
    }  # fmt: skip
