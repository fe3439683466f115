"""Faults of the register, one table for the change feed and one for the dump: the outcome, nothing lost, the page's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from nmo_gateway.pages.exchange.view import comparison_of, feed_of, words_of
from nmo_kit import failpoints
from nmo_kit.messaging.envelope import Envelope
from nmo_registry.frmr import client as frmr_client
from nmo_registry.frmr.client import RegisterUnavailableError
from nmo_registry.sync.commands import reconcile
from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import (
    assert_events_tell_the_mirror,
    follow_to_end,
    mirror_records,
    upstream_records,
)

PATH = "/api/v1/register/exchange"
PATIENCE_S = 0.3
PEOPLE = [f"2025.{number:07d}" for number in range(1, 13)]


@dataclass(frozen=True)
class Case:
    """A fault and what must come of it while it lasts.

    Attributes:
        name: what happens at the register.
        faults: switched on at the stand-in.
        says: words of the page about it; empty when the work goes on as if nothing were.
        aside: the reason with which some cards wait; empty when none does.
        resets: the register begins a new feed and a new dump.
    """

    name: str
    faults: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    aside: str = ""
    resets: bool = False


FEED = (
    Case("down", {"down": True}, says="Регистр ответил ошибкой 503"),
    Case("slow", {"slow": 2}, says="Регистр отвечает слишком долго"),
    Case("answers cut in the middle", {"broken_json": True}, says="повреждённый или незнакомый ответ"),
    Case("every third request fails", {"error_every": 3}, says="Регистр ответил ошибкой 500"),
    Case("half a page", {"feed_half": True}),
    Case("nothing on a page though more is left", {"feed_empty": True}, says="прислал не все изменения"),
    Case("every entry twice", {"feed_twice": True}),
    Case("disorder, with old removals among the entries", {"feed_disorder": 2}),
    Case("some cards in another encoding", {"card_encoding": 3}, aside="unreadable: broken answer"),
    Case("all cards in another encoding", {"card_encoding": 1}, says="повреждённый или незнакомый ответ"),
    Case("the cursor is reset", resets=True),
    Case("new fields", {"schema_new": True}),
    Case("some cards miss a field", {"card_field": 3}, aside="unreadable: birthDate"),
    Case("pages miss the cursor", {"feed_shape": True}, says="повреждённый или незнакомый ответ"),
)
DUMP = (
    Case("down", {"down": True}, says="Сверка прервалась"),
    Case("slow", {"slow": 2}, says="Сверка прервалась"),
    Case("cut after a few cards, again and again", {"dump_cut": 5}),
    Case("cut at once", {"dump_cut": 1}, says="Сверка прервалась"),
    Case("a third of the cards is missing", {"dump_thin": 3}),
    Case("some cards twice", {"dump_twice": 2}),
    Case("disorder", {"dump_disorder": 2}),
    Case("disorder and cuts", {"dump_disorder": 2, "dump_cut": 4}),
    Case("broken lines, other encodings", {"dump_broken": 3}, aside="unreadable: broken line"),
    Case("the dump is replaced", resets=True),
    Case("new fields", {"schema_new": True}),
    Case("some cards miss a field", {"card_field": 3}, aside="unreadable: birthDate"),
)


@pytest.fixture
def admin(token_factory: Any) -> dict[str, str]:
    headers: dict[str, str] = token_factory.headers(aud="registry", roles=("admin",))
    return headers


@pytest.fixture
def hurried(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give up on a slow register soon, or be patient again."""
    client = registry.follower._client
    usual, silence = client._timeout, frmr_client.SILENCE_S

    def hurry(*, on: bool) -> None:
        monkeypatch.setattr(client, "_timeout", aiohttp.ClientTimeout(total=PATIENCE_S) if on else usual)
        monkeypatch.setattr(client, "_session", None)
        monkeypatch.setattr(frmr_client, "SILENCE_S", PATIENCE_S if on else silence)

    return hurry


def change_a_day(upstream: Any) -> None:
    """People change, come and leave, one leaves and returns."""
    for number, oid in enumerate(PEOPLE[:6]):
        upstream.patch(oid, firstName=f"Имя{'а' * number}")
    for oid in PEOPLE[6:8]:
        upstream.state.remove_card(upstream.state.card(oid=oid))
    returned = upstream.state.card(oid=PEOPLE[8])
    upstream.state.remove_card(returned)
    upstream.state.put_card(returned)
    upstream.state.generate(5, seed=13)


async def shown(client: Any, admin: dict[str, str]) -> dict[str, Any]:
    answer = await client.get(PATH, headers=admin)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def all_is_well_again(
    registry: Any, upstream: Any, client: Any, admin: dict[str, str], told: list[Envelope]
) -> None:
    """With the fault gone and the cards retried: equal, nothing set aside, each change told once and in order."""
    await client.post(f"{PATH}/set-aside/retry", json={}, headers=admin)
    await follow_to_end(registry)
    assert await mirror_records(registry) == upstream_records(upstream)
    await assert_events_tell_the_mirror(registry, [*told, *await drain_outbox(registry.db)])
    after = await shown(client, admin)
    assert (after["reasons"], after["failures"], after["remaining"]) == ([], 0, 0)
    assert feed_of(after)["status"].word == "Работает"


@pytest.mark.req("FRM-02", "FRM-03", "FRM-10")
@pytest.mark.parametrize("case", FEED, ids=lambda case: case.name)
async def test_fault_of_the_change_feed(
    case: Case,
    registry: Any,
    upstream: Any,
    client: Any,
    admin: dict[str, str],
    hurried: Callable[..., None],
) -> None:
    upstream.state.generate(len(PEOPLE), seed=12)
    await follow_to_end(registry)
    before, told = await mirror_records(registry), await drain_outbox(registry.db)
    change_a_day(upstream)
    expected = upstream_records(upstream)
    if case.resets:
        upstream.state.feed_id = "another"
    await upstream.faults(**case.faults)
    hurried(on="slow" in case.faults)

    done = await registry.follower.follow(force=True)

    page, during = await shown(client, admin), await mirror_records(registry)
    assert (done.error is None) == (not case.says)
    assert case.says in (feed_of(page)["error"] or "")
    if case.says:
        assert feed_of(page)["status"].word == "Регистр не отвечает"
        assert page["next_attempt_at"] is not None
    else:
        assert (
            during.keys() | {item["register_oid"] for item in await set_aside(client, admin)}
            == expected.keys()
        )
    # Whatever is in the mirror now was in the register at some moment, and nobody left it without leaving there.
    assert all(record in (before.get(oid), expected.get(oid)) for oid, record in during.items())
    assert before.keys() & expected.keys() <= during.keys()
    assert [item["reason"] for item in page["reasons"]] == ([case.aside] if case.aside else [])
    assert all(words_of(item["reason"]) for item in page["reasons"])

    await upstream.faults()
    hurried(on=False)
    await all_is_well_again(registry, upstream, client, admin, told)


@pytest.mark.req("FRM-02", "FRM-03", "FRM-10")
@pytest.mark.parametrize("first", [True, False], ids=["first load", "comparison"])
@pytest.mark.parametrize("case", DUMP, ids=lambda case: case.name)
async def test_fault_of_the_dump(
    case: Case, first: bool, registry: Any, upstream: Any, client: Any, admin: dict[str, str],
    hurried: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(reconcile, "BATCH", 4)
    monkeypatch.setattr(reconcile, "PATIENCE", 2)
    reconciler = registry.runtime.extras["reconciler"]
    upstream.state.generate(len(PEOPLE), seed=12)
    if not first:
        await follow_to_end(registry)
        change_a_day(upstream)
    before, told = await mirror_records(registry), await drain_outbox(registry.db)
    expected = upstream_records(upstream)
    if case.says or case.resets:
        await begin_and_leave(reconciler)
    if case.resets:
        upstream.state.feed_id = "another"
    await upstream.faults(**case.faults)
    hurried(on="slow" in case.faults)

    if case.says:
        with pytest.raises(RegisterUnavailableError):
            await reconciler.run()
    else:
        await run_to_end(reconciler)

    page, during = await shown(client, admin), await mirror_records(registry)
    # Half an hour later nobody went on with it.
    compared = comparison_of({**page["comparison"], "silent_s": 1800.0})
    assert compared is not None
    assert compared["status"].word == ("Прервана" if case.says else "Завершена")
    assert all(record in (before.get(oid), expected.get(oid)) for oid, record in during.items())
    assert before.keys() & expected.keys() <= during.keys()
    assert bool(page["reasons"]) == bool(case.aside)
    assert case.aside in {*(item["reason"] for item in page["reasons"]), ""}

    await upstream.faults()
    hurried(on=False)
    await run_to_end(reconciler)
    await all_is_well_again(registry, upstream, client, admin, told)


async def set_aside(client: Any, admin: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get(f"{PATH}/set-aside", params={"limit": 100}, headers=admin)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def begin_and_leave(reconciler: Any) -> None:
    """Take the first batches of a dump, then stop."""
    failpoints.configure("registry.reconcile.batch_committed:raise@2")
    with pytest.raises(failpoints.FailpointRaisedError):
        await reconciler.run()
    failpoints.configure("")


async def run_to_end(reconciler: Any) -> None:
    """As an operator does: called again until it is done."""
    for _ in range(50):
        try:
            done = await reconciler.run(allow_removals=True)
        except RegisterUnavailableError:
            continue
        assert done.phase == "done"
        return
    raise AssertionError("the comparison did not come to its end")
