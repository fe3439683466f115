"""The administrator's view of the exchange: progress, cards set aside, another try (FRM-02)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nmo_kit import clock
from nmo_registry.sync.metrics import SET_ASIDE
from nmo_registry.sync.progress import comparison_of
from nmo_registry.sync.tables import Reconciliation
from nmo_registry.worker import show_set_aside
from services.registry.tests.sync.mirror import follow_to_end, mirror_records, upstream_records

PATH = "/api/v1/register/exchange"
pytestmark = pytest.mark.req("FRM-02")


@pytest.fixture
def admin(token_factory: Any) -> dict[str, str]:
    headers: dict[str, str] = token_factory.headers(aud="registry", roles=("admin",))
    return headers


async def test_cards_set_aside_are_listed_by_reason_and_read_again_when_asked(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str]
) -> None:
    upstream.state.generate(6, seed=11)
    whole = {number: upstream.state.card(oid=f"2025.{number:07d}") for number in range(1, 5)}
    for number in (1, 2, 3):
        upstream.patch(f"2025.{number:07d}", birthDate=None)
    upstream.patch("2025.0000004", gender=7)
    await follow_to_end(registry)

    shown = (await client.get(PATH, headers=admin)).json()
    assert shown["quarantined"] == 4
    await show_set_aside(registry.runtime)
    assert SET_ASIDE._value.get() == 4, "what the alarm looks at"
    assert shown["reasons"] == [
        {"reason": "unreadable: birthDate", "count": 3},
        {"reason": "unreadable: gender", "count": 1},
    ]
    first = (await client.get(f"{PATH}/set-aside", params={"limit": 3}, headers=admin)).json()
    rest = (
        await client.get(f"{PATH}/set-aside", params={"cursor": first["next_cursor"]}, headers=admin)
    ).json()
    numbers = [item["register_oid"] for item in [*first["items"], *rest["items"]]]
    assert numbers == [f"2025.{number:07d}" for number in (1, 2, 3, 4)]
    assert rest["next_cursor"] is None
    params = {"reason": "unreadable: gender"}
    chosen = (await client.get(f"{PATH}/set-aside", params=params, headers=admin)).json()
    assert [item["register_oid"] for item in chosen["items"]] == ["2025.0000004"]

    for card in whole.values():
        upstream.state.put_card(card)
    # The feed tells of mended cards by itself: to see the retry alone, its news are passed over.
    async with registry.db.write() as session:
        cursor = f"{upstream.state.feed_id}.{upstream.state.last_seq()}"
        await session.execute(text("update sync_state set cursor = :cursor"), {"cursor": cursor})
    await follow_to_end(registry)
    assert await mirror_records(registry) != upstream_records(upstream), "before its time nothing is retried"

    retry = f"{PATH}/set-aside/retry"
    one = await client.post(retry, json={"register_oid": "2025.0000004"}, headers=admin)
    assert one.json() == {"queued": 1}
    await follow_to_end(registry)
    assert (await client.get(PATH, headers=admin)).json()["reasons"] == [
        {"reason": "unreadable: birthDate", "count": 3}
    ]
    all_of_it = await client.post(retry, json={"reason": "unreadable: birthDate"}, headers=admin)
    assert all_of_it.json() == {"queued": 3}
    await follow_to_end(registry)
    assert await mirror_records(registry) == upstream_records(upstream)
    again = await client.post(retry, json={}, headers=admin)
    assert again.json() == {"queued": 0}
    async with registry.db.read() as session:
        told = await session.execute(
            text("select object, reason from journal where action = 'registry.exchange.retry' order by id")
        )
        assert [tuple(row) for row in told] == [
            ("quarantine/2025.0000004", None),
            ("quarantine/many", "unreadable: birthDate"),
        ]


async def test_after_a_failure_the_register_is_asked_at_once_on_demand(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str]
) -> None:
    await upstream.faults(down=True)
    await registry.follower.follow()
    await upstream.faults()
    shown = (await client.get(PATH, headers=admin)).json()
    assert (shown["failures"], shown["comparison"]) == (1, None)
    assert shown["last_error"]
    async with registry.db.write() as session:
        await session.execute(text("update sync_state set next_attempt_at = now() + interval '1 hour'"))
    assert (await registry.follower.follow()).seen == 0

    assert (await client.post(f"{PATH}/again", headers=admin)).status_code == 204

    assert (await registry.follower.follow()).complete
    shown = (await client.get(PATH, headers=admin)).json()
    assert (shown["failures"], shown["next_attempt_at"]) == (0, None)


async def test_nobody_else_gets_there_and_a_wrong_request_is_refused(
    client: Any, token_factory: Any, admin: dict[str, str]
) -> None:
    support = token_factory.headers(aud="registry", roles=("support",))
    for method, path in (("GET", PATH), ("GET", f"{PATH}/set-aside"), ("POST", f"{PATH}/again")):
        assert (await client.request(method, path, headers=support)).status_code == 403
    for body in ({"register_oid": "' or 1=1"}, {"reason": ""}, {"all": True}):
        answer = await client.post(f"{PATH}/set-aside/retry", json=body, headers=admin)
        assert answer.status_code == 422, body
    wrong = await client.get(f"{PATH}/set-aside", params={"cursor": "?"}, headers=admin)
    assert wrong.status_code == 422


def test_a_comparison_tells_its_rate_and_time_left() -> None:
    began = clock.now()
    row = Reconciliation(
        source="frmr", dump_id="d", feed_cursor="c", total=1000, place="x", taken=400, appeared=400, changed=0,
        removed=0, unreadable=0, phase="reading", stopped_because=None, started_at=began,
        updated_at=began + timedelta(seconds=20), finished_at=None,
    )  # fmt: skip
    shown = comparison_of(row, now=began + timedelta(seconds=50))
    assert (shown.rate_per_s, shown.left_s, shown.silent_s) == (20.0, 30.0, 30.0)
    row.taken = 0
    assert comparison_of(row, now=began).left_s is None
