"""The whole mirror is compared with the register's dump: equal afterwards, each change told once (FRM-02, FRM-03)."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from nmo_kit import failpoints
from nmo_kit.crypto import FieldCipher
from nmo_registry.frmr.client import Dump, RegisterUnavailableError
from nmo_registry.frmr.record import stable_id
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.sync import queries, readers
from nmo_registry.sync.commands import ask_anew, reconcile
from nmo_registry.sync.commands.reconcile import Reconciler
from nmo_registry.sync.lines import LineReader
from nmo_registry.sync.metrics import SET_ASIDE
from nmo_registry.sync.readers import ReaderLostError
from nmo_registry.sync.rules import may_remove
from nmo_registry.sync.tables import Reconciliation
from nmo_registry.worker import show_set_aside
from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import (
    assert_events_tell_the_mirror,
    follow_to_end,
    mirror_records,
    upstream_records,
)

STEPS = (
    "registry.reconcile.batch_read",
    "registry.reconcile.batch_written",
    "registry.reconcile.batch_committed",
    "registry.reconcile.removed",
    "db.before_commit",
    "db.after_commit",
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "BATCH", 7)
    monkeypatch.setattr(ask_anew, "ASKED_AT_ONCE", 5)


async def compared(registry: Any, *, allow_removals: bool = False, attempts: int = 200) -> Reconciliation:
    reconciler: Reconciler = registry.runtime.extras["reconciler"]
    for _ in range(attempts):
        try:
            return await reconciler.run(allow_removals=allow_removals)
        except failpoints.FailpointRaisedError:
            continue
    raise AssertionError("the comparison did not come to its end")


async def assert_equal(registry: Any, upstream: Any, told: list[Any]) -> None:
    assert await mirror_records(registry) == upstream_records(upstream)
    await assert_events_tell_the_mirror(registry, told)


@pytest.mark.req("FRM-01", "FRM-02", "FRM-03")
async def test_a_first_load_equals_the_register_and_the_feed_goes_on_from_it(registry: Any, upstream: Any):
    upstream.state.generate(40, seed=5)
    done = await compared(registry)
    assert (done.phase, done.appeared, done.changed, done.unreadable) == ("done", done.total, 0, 0)
    told = await drain_outbox(registry.db)
    await assert_equal(registry, upstream, told)
    upstream.patch("match", lastName="Новикова")
    await follow_to_end(registry)
    later = await drain_outbox(registry.db)
    assert {event.type_name for event in later} == {"registry.specialist.changed.v1"}
    await assert_equal(registry, upstream, [*told, *later])
    again = await compared(registry)
    assert (again.phase, again.appeared, again.changed, again.removed) == ("done", 0, 0, 0)
    assert await drain_outbox(registry.db) == []


@pytest.mark.req("FRM-02", "FRM-03")
async def test_what_the_feed_missed_is_made_up_for(registry: Any, upstream: Any):
    upstream.state.generate(30, seed=6)
    await compared(registry)
    told = await drain_outbox(registry.db)
    upstream.state.remove_card(upstream.state.card(key="many"))
    upstream.patch("2025.0000004", lastName="Переменная")
    upstream.state.generate(5, seed=7)
    done = await compared(registry)
    assert (done.phase, done.appeared, done.changed, done.removed) == ("done", 5, 1, 1)
    upstream.state.put_card(upstream.state.card(key="match") | {"firstName": "Мария"})
    await compared(registry)
    told += await drain_outbox(registry.db)
    await assert_equal(registry, upstream, told)


@pytest.mark.req("FRM-02", "FRM-03")
@pytest.mark.parametrize("step", STEPS)
async def test_stopped_at_any_step_it_goes_on_without_loss(registry: Any, upstream: Any, step: str):
    upstream.state.generate(25, seed=8)
    failpoints.configure(f"{step}:raise@2")
    await compared(registry)
    failpoints.configure("")
    for key in ("many", "weak"):
        upstream.state.remove_card(upstream.state.card(key=key))
    failpoints.configure(f"{step}:raise@1")
    await compared(registry)
    failpoints.configure("")
    await assert_equal(registry, upstream, await drain_outbox(registry.db))


@pytest.mark.req("FRM-02")
@pytest.mark.parametrize("fault", [{"dump_cut": 13}, {"dump_twice": 3}, {"dump_thin": 4}])
async def test_a_faulty_dump_loses_and_removes_nobody(registry: Any, upstream: Any, fault: dict[str, int]):
    upstream.state.generate(40, seed=9)
    await follow_to_end(registry)
    before = await mirror_records(registry)
    await drain_outbox(registry.db)
    await upstream.faults(**fault)
    done = await compared(registry)
    assert done.phase == "done"
    assert done.removed == done.changed == done.appeared == 0
    assert await mirror_records(registry) == before
    assert await drain_outbox(registry.db) == []


@pytest.mark.req("FRM-02")
async def test_lines_that_cannot_be_read_are_set_aside_counted_and_read_later(registry: Any, upstream: Any):
    upstream.state.generate(40, seed=10)
    await upstream.faults(dump_broken=5)
    done = await compared(registry)
    assert done.phase == "done"
    assert done.unreadable == done.taken // 5
    async with registry.db.read() as session:
        assert await queries.quarantine_size(session) == done.unreadable
    assert len(await mirror_records(registry)) == done.total - done.unreadable
    await upstream.faults()
    assert (await compared(registry)).appeared == done.unreadable
    async with registry.db.read() as session:
        assert await queries.quarantine_size(session) == 0
    await assert_equal(registry, upstream, await drain_outbox(registry.db))


@pytest.mark.req("FRM-02")
async def test_lines_that_name_nobody_are_kept_with_their_places(
    registry: Any, upstream: Any, client: Any, token_factory: Any
):
    admin = token_factory.headers(aud="registry", roles=("admin",))

    async def shown() -> tuple[list[dict[str, Any]], int]:
        body = (await client.get("/api/v1/register/exchange", headers=admin)).json()
        return body["unnamed"], body["unnamed_count"]

    upstream.state.generate(40, seed=18)
    oids = upstream.state.all_oids(0, 10_000)
    await upstream.faults(dump_nameless=3)
    done = await compared(registry)
    lines, count = await shown()
    assert done.unreadable == count == len(lines) == len(oids) // 3
    assert [(line["after_oid"], line["position"]) for line in lines] == [
        (oids[number - 2], 1) for number in range(3, len(oids) + 1, 3)
    ]
    assert {line["dump_id"] for line in lines} == {done.dump_id}
    assert {line["reason"] for line in lines} == {"unreadable: not a card", "unreadable: broken line"}
    await show_set_aside(registry.runtime)
    assert SET_ASIDE._value.get() == count, "what the alarm looks at"
    await upstream.faults()
    await compared(registry)
    assert await shown() == ([], 0)
    await assert_equal(registry, upstream, await drain_outbox(registry.db))


def test_lines_without_a_number_are_counted_from_the_last_one_that_had_one():
    lines = LineReader(CardBooks(), FieldCipher(bytes(32), bytes(range(32))))
    batch = lines.read([b"[]", b'{"oid": "2.1", "snils": null}', b"{", b"[]"])
    later, nobody = lines.read([b"7"]), lines.read([b"8"])
    batch.follow("1.9", 0)
    later.follow(batch.after, batch.since)
    nobody.follow(later.after, later.since)
    assert [(line.after, line.position) for line in (*batch.unnamed, *later.unnamed, *nobody.unnamed)] == [
        ("1.9", 1), ("2.1", 1), ("2.1", 2), ("2.1", 3), ("2.1", 4),
    ]  # fmt: skip
    assert (batch.lines, batch.nameless, list(batch.unreadable)) == (4, 3, ["2.1"])


@pytest.mark.req("FRM-02", "FRM-09")
async def test_processes_beside_read_the_same_and_one_that_is_lost_loses_nothing(
    registry: Any, upstream: Any, monkeypatch: pytest.MonkeyPatch
):
    started: list[Any] = []

    async def noted(*args: Any, **named: Any) -> Any:
        started.append(await start(*args, **named))
        return started[-1]

    start = asyncio.create_subprocess_exec
    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    monkeypatch.setattr(readers, "WORTH_A_PROCESS", 0)
    reconciler: Reconciler = registry.runtime.extras["reconciler"]
    wanted = registry.runtime.settings.model_copy(update={"sync_readers": 2})
    monkeypatch.setattr(reconciler, "_settings", wanted)
    upstream.state.generate(60, seed=19)
    oids = upstream.state.all_oids(0, 10_000)

    def lose(row: Reconciliation) -> None:
        if started[row.taken % 2].returncode is None:
            started[row.taken % 2].kill()

    with pytest.raises(ReaderLostError):
        await reconciler.run(lose)
    done = await compared(registry)
    assert (done.appeared, done.unreadable) == (len(oids), 0)
    upstream.patch("match", lastName="Новикова")
    await upstream.faults(dump_nameless=5)
    again = await compared(registry)
    assert (again.appeared, again.changed, again.unreadable) == (0, 1, len(oids) // 5)
    async with registry.db.read() as session:
        lines = await queries.unnamed(session, 100)
    assert [(line.after_oid, line.position) for line in lines] == [
        (oids[number - 2], 1) for number in range(5, len(oids) + 1, 5)
    ]
    await assert_equal(registry, upstream, await drain_outbox(registry.db))
    assert [process.returncode is None for process in started] == [False] * 6


@pytest.mark.req("FRM-02")
async def test_too_many_removals_wait_for_an_operator(
    registry: Any, upstream: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconcile, "may_remove", lambda missing, _: missing <= 2)
    await compared(registry)
    before = await mirror_records(registry)
    for key in ("many", "weak", "equivalent"):
        upstream.state.remove_card(upstream.state.card(key=key))
    stopped = await compared(registry)
    assert (stopped.phase, stopped.stopped_because, stopped.removed) == ("stopped", "too_many_missing", 0)
    assert await mirror_records(registry) == before
    assert (await compared(registry, allow_removals=True)).removed == 3
    await assert_equal(registry, upstream, await drain_outbox(registry.db))


@pytest.mark.parametrize(
    ("missing", "mirrored", "allowed"),
    [(0, 0, True), (100, 50, True), (101, 50, False), (30_000, 3_000_000, True), (30_001, 3_000_000, False)],
)
def test_how_many_may_leave_unasked(missing: int, mirrored: int, allowed: bool):
    assert may_remove(missing, mirrored) is allowed


@pytest.mark.req("FRM-10")
async def test_a_silent_register_ends_the_run_and_the_next_goes_on(
    registry: Any, upstream: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconcile, "PATIENCE", 2)
    await upstream.faults(dump_cut=1)
    with pytest.raises(RegisterUnavailableError):
        await compared(registry)
    await upstream.faults()
    assert (await compared(registry)).phase == "done"
    await assert_equal(registry, upstream, await drain_outbox(registry.db))


def keep_dump(upstream: Any) -> Dump:
    """The register makes its dump now and gives it as it is, whatever changes later."""
    state = upstream.state
    upstream.app.state.ready_dump.write(state.dump_id(), state.dump(""))
    return Dump(state.dump_id(), state.count(), f"{state.feed_id}.{state.last_seq()}")


def change_after_the_dump(upstream: Any, oids: list[str]) -> None:
    """Somebody changes, leaves, leaves and returns changed, moves their number to a new record."""
    changed, left, returned, replaced = oids
    upstream.patch(changed, lastName="Новейшая")
    upstream.state.remove_card(upstream.state.card(oid=left))
    back = upstream.state.card(oid=returned)
    upstream.state.remove_card(back)
    upstream.state.put_card({**back, "firstName": "Вернувшаяся"})
    old = upstream.state.card(oid=replaced)
    upstream.state.remove_card(old)
    upstream.state.put_card({**old, "oid": f"{replaced}.9"})


@pytest.mark.req("FRM-02", "FRM-03")
@pytest.mark.parametrize("meanwhile", [False, True], ids=["before the comparison", "while it runs"])
async def test_an_older_dump_takes_nothing_back(
    registry: Any, upstream: Any, monkeypatch: pytest.MonkeyPatch, meanwhile: bool
):
    upstream.state.generate(30, seed=15)
    await follow_to_end(registry)
    told = await drain_outbox(registry.db)
    upstream.state.generate(1, seed=16)
    oids = upstream.state.all_oids(0, 10_000)
    never_seen = oids[-1]
    dump = keep_dump(upstream)
    reconciler: Reconciler = registry.runtime.extras["reconciler"]
    monkeypatch.setattr(reconciler._client, "dump", AsyncMock(return_value=dump))
    if meanwhile:
        failpoints.configure("registry.reconcile.batch_committed:raise@1")
        with pytest.raises(failpoints.FailpointRaisedError):
            await reconciler.run()
        failpoints.configure("")
    change_after_the_dump(upstream, oids[-6:-2])
    upstream.state.remove_card(upstream.state.card(oid=never_seen))
    await follow_to_end(registry)
    told += await drain_outbox(registry.db)
    await assert_equal(registry, upstream, told)
    failpoints.configure("registry.reconcile.removed:raise@1")
    assert (await compared(registry, attempts=2)).phase == "done"
    later = await drain_outbox(registry.db)
    if not meanwhile:
        assert later == []
    assert {event.subject for event in later} <= {f"specialist/{stable_id('person', never_seen)}"}
    await assert_equal(registry, upstream, [*told, *later])


@pytest.mark.req("FRM-02")
async def test_an_older_dump_does_not_hide_a_card_that_broke_since(registry: Any, upstream: Any):
    upstream.state.generate(30, seed=17)
    await follow_to_end(registry)
    reconciler: Reconciler = registry.runtime.extras["reconciler"]
    keep_dump(upstream)
    failpoints.configure("registry.reconcile.batch_committed:raise@1")
    with pytest.raises(failpoints.FailpointRaisedError):
        await reconciler.run()
    failpoints.configure("")
    broken = upstream.state.all_oids(0, 10_000)[-1]
    upstream.patch(broken, birthDate=None)
    await follow_to_end(registry)
    assert (await compared(registry)).phase == "done"
    async with registry.db.read() as session:
        assert [
            row.register_oid for row in await queries.in_quarantine(session, reason=None, after="", limit=9)
        ] == [broken]
