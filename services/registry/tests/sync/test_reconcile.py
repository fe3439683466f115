"""The whole mirror is compared with the register's dump: equal afterwards, each change told once (FRM-02, FRM-03)."""

from __future__ import annotations

from typing import Any

import pytest

from nmo_kit import failpoints
from nmo_registry.frmr.client import RegisterUnavailableError
from nmo_registry.sync import queries
from nmo_registry.sync.commands import reconcile
from nmo_registry.sync.commands.reconcile import Reconciler
from nmo_registry.sync.rules import may_remove
from nmo_registry.sync.tables import Reconciliation
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
    monkeypatch.setattr(reconcile, "ASKED_AT_ONCE", 5)


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
