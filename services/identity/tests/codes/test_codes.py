"""One-time codes: six digits, ten minutes, five tries whatever happens, one purpose, one flow, one use."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_identity.codes import rules
from nmo_identity.codes.commands.check import check_code
from nmo_identity.codes.commands.issue import issue_code
from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_kit import clock
from nmo_kit.errors import Problem


class Flow:
    """One flow's code in a real database."""

    def __init__(self, portal: Any, purpose: str = "test") -> None:
        self.db, self.cipher = portal.db, portal.runtime.extras["cipher"]
        self.purpose, self.flow = purpose, uuid4().hex

    async def issue(self, at: Any = None) -> str:
        async with self.db.write() as session:
            return await issue_code(
                session, purpose=self.purpose, flow=self.flow, account_id=None, cipher=self.cipher,
                now=at or clock.now(),
            )  # fmt: skip

    async def check(self, code: str, *, purpose: str = "", flow: str = "", at: Any = None) -> None:
        await check_code(
            self.db, purpose=purpose or self.purpose, flow=flow or self.flow, code=code, cipher=self.cipher,
            now=at or clock.now(),
        )  # fmt: skip


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.req("P07", "T09")
async def test_thousand_guesses_at_once_are_five_comparisons(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = Flow(portal)
    code = await flow.issue()
    compared: list[bytes] = []
    compare = rules.same

    def counting(kept: bytes, given: bytes) -> bool:
        compared.append(given)
        return compare(kept, given)

    monkeypatch.setattr(rules, "same", counting)
    guesses = [guess for guess in (f"{number:06d}" for number in range(1001)) if guess != code][:1000]
    gate = asyncio.Semaphore(20)  # as fast as the pool lends its connections

    async def guess(digits: str) -> str:
        async with gate:
            try:
                await flow.check(digits)
            except Problem as problem:
                return problem.code
        return "in"

    outcomes = await asyncio.gather(*(guess(digits) for digits in guesses))
    assert len(compared) == 5
    assert sorted(set(outcomes)) == ["code_spent", "code_wrong"]
    assert outcomes.count("code_wrong") == 5
    with pytest.raises(CodeSpent):
        await flow.check(code)
    assert len(compared) == 5, "the right code after five wrong ones is not even looked at"
    with pytest.raises(CodeSpent):
        await flow.issue()
    refused = await portal.journal("action = 'code.refused'")
    assert len(refused) == 1001
    assert code not in str(refused)


@pytest.mark.req("P07", "T09")
async def test_right_code_opens_once_however_many_bring_it(portal: Any) -> None:
    flow = Flow(portal)
    code = await flow.issue()
    outcomes = await asyncio.gather(
        *(flow.check(f"{code[:3]} {code[3:]}") for _ in range(5)), return_exceptions=True
    )
    assert [outcome for outcome in outcomes if outcome is None] == [None]
    assert {type(outcome) for outcome in outcomes if outcome is not None} == {CodeSpent}


@pytest.mark.req("P07", "T09")
async def test_code_is_bound_to_purpose_and_flow(portal: Any) -> None:
    flow, other = Flow(portal), Flow(portal, "other")
    code = await flow.issue()
    await other.issue()
    for purpose, name in (("other", flow.flow), (flow.purpose, other.flow), ("other", other.flow)):
        with pytest.raises(CodeWrong):
            await flow.check(code, purpose=purpose, flow=name)
    await flow.check(code)


@pytest.mark.req("P07", "T09")
async def test_sending_again_gives_no_tries_back(portal: Any) -> None:
    flow = Flow(portal)
    for left in (4, 3, 2, 1):
        with pytest.raises(CodeWrong) as caught:
            await flow.check(wrong(await flow.issue()))
        assert caught.value.extra == {"tries_left": left}
    first = await flow.issue()
    second = await flow.issue()
    if first != second:
        with pytest.raises(CodeWrong):
            await flow.check(first)
        with pytest.raises(CodeSpent):
            await flow.check(second)


@pytest.mark.req("P07")
async def test_code_lives_ten_minutes(portal: Any) -> None:
    flow, now = Flow(portal), clock.now()
    code = await flow.issue(now)
    with pytest.raises(CodeExpired):
        await flow.check(code, at=now + timedelta(minutes=10))
    renewed = await flow.issue(now + timedelta(minutes=11))
    await flow.check(renewed, at=now + timedelta(minutes=20, seconds=59))


@pytest.mark.req("P07", "T24")
async def test_no_code_stands_in_the_database(portal: Any) -> None:
    flow = Flow(portal)
    code = await flow.issue()
    async with portal.db.read() as session:
        rows = (
            (await session.execute(text("select row_to_json(c)::text from one_time_code c"))).scalars().all()
        )
    assert rows
    assert code not in " ".join(rows)
    assert len(code) == rules.DIGITS
