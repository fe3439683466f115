"""One person is read at the register while they wait: unreadable cards, the quota, a busy register (FRM-02, FRM-10)."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from nmo_registry.lookup.commands.read_person import PersonReader
from nmo_registry.lookup.quota import Quota, QuotaSpentError
from nmo_registry.sync import queries
from nmo_testkit.wait import until
from services.registry.tests.lookup.test_endpoints import PEOPLE, ask, claim
from services.registry.tests.sync.mirror import follow_to_end

NEWCOMER = "2030.0000009"


@pytest.fixture
def reader(registry: Any) -> PersonReader:
    found: PersonReader = registry.runtime.extras["matcher"]._reader
    return found


@pytest.fixture
def asked(reader: PersonReader, monkeypatch: pytest.MonkeyPatch) -> AsyncMock:
    """Questions about single people that leave for the register."""
    counted = AsyncMock(side_effect=reader._client.card)
    monkeypatch.setattr(reader._client, "card", counted)
    return counted


def newcomer(upstream: Any, **changes: Any) -> None:
    """A person whom the mirror does not know yet is in the register now."""
    person = PEOPLE["absent"]
    card = upstream.state.card(key="match") | {
        "oid": NEWCOMER, "snils": person.snils, "lastName": person.last_name, "firstName": person.first_name,
        "patronymic": person.patronymic, "birthDate": f"{person.birth_date}T00:00:00", **changes,
    }  # fmt: skip
    upstream.state.put_card(card)


async def set_aside(registry: Any) -> dict[str, tuple[str, int]]:
    async with registry.db.read() as session:
        rows = await queries.in_quarantine(session, reason=None, after="", limit=9)
    return {row.register_oid: (row.reason, row.attempts) for row in rows}


@pytest.mark.req("FRM-02", "MAT-04")
@pytest.mark.parametrize(
    ("changes", "faults", "reason"),
    [
        ({"birthDate": None}, {}, "unreadable: birthDate"),
        ({}, {"card_encoding": 3}, "unreadable: broken answer"),
    ],
)
async def test_an_unreadable_card_is_set_aside_and_never_called_absent(
    client: Any, token_factory: Any, registry: Any, upstream: Any,
    changes: dict[str, Any], faults: dict[str, Any], reason: str,
) -> None:  # fmt: skip
    await follow_to_end(registry)
    newcomer(upstream, **changes)
    await upstream.faults(**faults)
    for _ in range(2):
        answer = await ask(client, token_factory, claim("absent"))
        assert (answer.status_code, answer.json()["code"]) == (503, "register_card_set_aside")
    assert await set_aside(registry) == {NEWCOMER: (reason, 1)}
    await upstream.faults()
    newcomer(upstream)
    assert (await ask(client, token_factory, claim("absent"))).json()["outcome"] == "exact"
    assert await set_aside(registry) == {}


@pytest.mark.req("FRM-02")
async def test_a_number_that_another_record_holds_is_shown_to_the_operator(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await follow_to_end(registry)
    card = upstream.state.card(key="match")
    upstream.state.remove_card(card)
    upstream.state.put_card({**card, "oid": NEWCOMER})
    answer = await ask(client, token_factory, claim("match", refresh=True))
    assert answer.json()["outcome"] == "exact"
    assert await set_aside(registry) == {NEWCOMER: ("snils_taken", 1)}


@pytest.mark.req("FRM-02")
async def test_one_number_is_asked_once_however_many_wait(
    client: Any, token_factory: Any, upstream: Any, asked: AsyncMock, reader: PersonReader
) -> None:
    await upstream.faults(slow=0.3)
    answers = await asyncio.gather(*(ask(client, token_factory, claim("absent")) for _ in range(5)))
    assert {answer.json()["outcome"] for answer in answers} == {"not_found"}
    assert len({answer.json()["fetched_at"] for answer in answers}) == asked.await_count == 1
    await upstream.faults()
    await ask(client, token_factory, claim("absent"))
    assert asked.await_count == 1
    newcomer(upstream)
    assert (await ask(client, token_factory, claim("absent", refresh=True))).json()["outcome"] == "exact"
    assert asked.await_count == 2
    kept = repr([reader._absent, reader._under_way])
    assert PEOPLE["absent"].snils not in kept


@pytest.mark.req("FRM-02", "FRM-10")
async def test_a_spent_quota_is_told_at_once(
    client: Any, token_factory: Any, asked: AsyncMock, reader: PersonReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_quota", Quota(2))
    assert (await ask(client, token_factory, claim("match"))).json()["outcome"] == "exact"
    refused = await ask(client, token_factory, claim("weak"))
    assert (refused.status_code, refused.json()["code"]) == (503, "register_unavailable")
    assert refused.elapsed.total_seconds() < 1
    assert asked.await_count == 1


@pytest.mark.req("FRM-10")
async def test_a_busy_register_is_left_alone_for_as_long_as_it_says(
    client: Any, token_factory: Any, registry: Any, upstream: Any, reader: PersonReader
) -> None:
    await upstream.faults(busy=1)
    first = await ask(client, token_factory, claim("match"))
    await upstream.faults()
    second = await ask(client, token_factory, claim("match"))
    assert [answer.json()["code"] for answer in (first, second)] == ["register_unavailable"] * 2

    async def exact() -> bool:
        answer = await ask(client, token_factory, claim("match"))
        return bool(answer.status_code == 200 and answer.json()["outcome"] == "exact")

    await until(exact, timeout_s=5)
    await upstream.faults(busy=30)
    failed = await registry.follower.follow(force=True)
    async with registry.db.read() as session:
        progress = await queries.state(session)
    assert failed.error == "status 429"
    assert (progress.next_attempt_at - progress.last_error_at).total_seconds() >= 29


@pytest.mark.req("FRM-02")
@pytest.mark.parametrize("per_minute", [2, 7, 60])
async def test_no_minute_has_more_questions_than_the_quota(per_minute: int) -> None:
    moment, granted = 1000.0, []
    quota = Quota(per_minute, clock=lambda: moment)
    for _ in range(3000):
        try:
            await quota.take(0)
            granted.append(moment)
        except QuotaSpentError:
            moment += 0.1
    in_a_minute = [sum(0 <= later - first < 60 for later in granted) for first in granted]
    assert per_minute - 1 <= max(in_a_minute) <= per_minute
    assert len(granted) >= per_minute * 2


async def test_those_who_wait_for_their_turn_get_it_in_order() -> None:
    quota, order = Quota(1200), []

    async def one(number: int) -> None:
        await quota.take(1)
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(203)))
    assert order == list(range(203))
