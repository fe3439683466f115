"""The worker takes full comparisons up: those an administrator asked for, and those that were cut short (FRM-02)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from nmo_kit import failpoints
from nmo_registry.app import resources
from nmo_registry.sync import comparing
from nmo_registry.sync.commands import reconcile
from nmo_registry.sync.commands.reconcile import Reconciler
from nmo_registry.sync.comparing import Comparing
from services.registry.tests.sync.mirror import mirror_records, upstream_records

PATH = "/api/v1/register/exchange"
pytestmark = pytest.mark.req("FRM-02")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "BATCH", 7)


@pytest.fixture
def admin(token_factory: Any) -> dict[str, str]:
    headers: dict[str, str] = token_factory.headers(aud="registry", roles=("person", "admin"))
    return headers


async def turns(worker: Comparing, most: int = 60) -> str | None:
    """Turns of the worker until a comparison ends; its phase."""
    for _ in range(most):
        if (done := await worker.turn()) is not None:
            return done.phase
    return None


async def falls_silent(registry: Any) -> None:
    async with registry.db.write() as session:
        await session.execute(
            text("update reconciliation set updated_at = updated_at - interval '3 minutes'")
        )


async def test_an_order_outlives_the_process_and_is_carried_out_once(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.state.generate(30, seed=5)
    worker: Comparing = registry.runtime.extras["comparing"]
    assert await worker.turn() is None
    assert (await client.get(PATH, headers=admin)).json()["ordered_at"] is None
    order = {"reason": "Первая загрузка"}
    assert (await client.post(f"{PATH}/comparison", json=order, headers=admin)).status_code == 204
    twice = await client.post(f"{PATH}/comparison", json=order, headers=admin)
    assert (twice.status_code, twice.json()["code"]) == (409, "comparison_under_way")
    assert (await client.get(PATH, headers=admin)).json()["ordered_at"]

    # Each turn writes one batch and ends; after the second the process is another one.
    monkeypatch.setattr(comparing, "TURN_S", 0.0)
    assert await turns(worker, 2) is None
    async with resources(registry.runtime):
        assert await turns(registry.runtime.extras["comparing"]) == "done"
        assert await mirror_records(registry) == upstream_records(upstream)
        assert await registry.runtime.extras["comparing"].turn() is None, "carried out once"
    shown = (await client.get(PATH, headers=admin)).json()
    assert (shown["ordered_at"], shown["comparison"]["phase"]) == (None, "done")
    async with registry.db.read() as session:
        rows = await session.execute(
            text("select object, reason, actor_roles from journal where action = 'registry.exchange.compare'")
        )
        assert [tuple(row) for row in rows] == [("register/frmr", "Первая загрузка", ["admin", "person"])]


async def test_a_killed_load_goes_on_by_itself_once_it_is_silent(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str]
) -> None:
    upstream.state.generate(30, seed=6)
    reconciler: Reconciler = registry.runtime.extras["reconciler"]
    worker: Comparing = registry.runtime.extras["comparing"]
    failpoints.configure("registry.reconcile.batch_committed:raise@2")
    with pytest.raises(failpoints.FailpointRaisedError):
        await reconciler.run()
    failpoints.configure("")
    assert await worker.turn() is None, "another process may be at it"
    refused = await client.post(f"{PATH}/comparison", json={"reason": "Скорее"}, headers=admin)
    assert refused.status_code == 409

    await falls_silent(registry)
    await upstream.faults(down=True)
    assert await worker.turn() is None
    await upstream.faults()
    assert await worker.turn() is None, "the silent register has its pause"
    worker._not_before = None
    assert await turns(worker) == "done"
    assert await mirror_records(registry) == upstream_records(upstream)
    async with registry.db.read() as session:
        (count,) = (await session.execute(text("select count(*) from reconciliation"))).one()
    assert count == 1, "it went on, it did not begin anew"


async def test_who_is_missing_leaves_only_by_an_administrators_word(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "may_remove", lambda missing, _mirrored: missing == 0)
    upstream.state.generate(20, seed=7)
    worker: Comparing = registry.runtime.extras["comparing"]
    await client.post(f"{PATH}/comparison", json={"reason": "Первая загрузка"}, headers=admin)
    assert await turns(worker) == "done"
    upstream.state.remove_card(upstream.state.card(key="many"))

    await client.post(f"{PATH}/comparison", json={"reason": "Плановая"}, headers=admin)
    assert await turns(worker) == "stopped"
    assert await worker.turn() is None, "what was stopped waits for a person"
    assert await mirror_records(registry) != upstream_records(upstream)

    order = {"reason": "Выгрузка проверена", "allow_removals": True}
    assert (await client.post(f"{PATH}/comparison", json=order, headers=admin)).status_code == 204
    assert await turns(worker) == "done"
    assert await mirror_records(registry) == upstream_records(upstream)


async def test_only_an_administrator_orders_and_says_why(client: Any, token_factory: Any, admin: Any) -> None:
    support = token_factory.headers(aud="registry", roles=("support",))
    answer = await client.post(f"{PATH}/comparison", json={"reason": "Хочу"}, headers=support)
    assert answer.status_code == 403
    for body in ({}, {"reason": "  "}, {"reason": "Плановая", "all": True}):
        assert (await client.post(f"{PATH}/comparison", json=body, headers=admin)).status_code == 422
