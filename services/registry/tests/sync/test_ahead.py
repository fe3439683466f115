"""Working ahead keeps the order, and neither skips what failed nor loses what came before a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_registry.sync.ahead import worked_on


async def _source(count: int, fails_at: int | None) -> AsyncGenerator[int, None]:
    for number in range(count):
        if number == fails_at:
            raise OSError(number)
        yield number


@pytest.mark.req("FRM-02")
@given(
    count=st.integers(0, 9),
    source_fails=st.none() | st.integers(0, 8),
    work_fails=st.none() | st.integers(0, 8),
    at_once=st.integers(1, 4),
    pauses=st.lists(st.integers(0, 3), min_size=9, max_size=9),
)
def test_what_is_given_out_is_whole_up_to_the_first_failure(
    count: int, source_fails: int | None, work_fails: int | None, at_once: int, pauses: list[int]
) -> None:
    running = most = 0

    async def work(number: int) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(pauses[number]):
            await asyncio.sleep(0)
        running -= 1
        if number == work_fails:
            raise ValueError(number)
        return str(number)

    async def run() -> tuple[list[tuple[int, str]], Exception | None]:
        given_out = []
        try:
            async for pair in worked_on(_source(count, source_fails), work, at_once=at_once):
                given_out.append(pair)  # noqa: PERF401 what came before a failure counts
        except (OSError, ValueError) as error:
            return given_out, error
        return given_out, None

    given_out, error = asyncio.run(run())
    source_ends = count if source_fails is None else min(count, source_fails)
    whole = source_ends if work_fails is None else min(source_ends, work_fails)
    assert given_out == [(number, str(number)) for number in range(whole)]
    if work_fails is not None and work_fails < source_ends:
        assert isinstance(error, ValueError)
    else:
        assert isinstance(error, OSError) == (source_fails is not None and source_fails < count)
    assert most <= at_once + 1
